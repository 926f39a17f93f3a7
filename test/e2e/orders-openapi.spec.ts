import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type OrdersUnderTest, startOrdersOn } from '../support/orders-app.js';
import type { OrdersClient } from '../support/orders-client.js';

interface Operation {
  readonly operationId: string;
  readonly summary: string;
  readonly parameters: readonly { readonly name: string; readonly in: string; readonly schema: object }[];
  readonly requestBody?: { readonly content: Record<string, { readonly schema: { readonly properties: object } }> };
  readonly responses: Record<string, { readonly content?: object; readonly headers?: object }>;
}

interface Document {
  readonly openapi: string;
  readonly paths: Record<string, Record<string, Operation>>;
  readonly components: { readonly schemas: Record<string, object> };
}

const PATHS = {
  '/orders': { post: 'placeOrder', get: 'listOrders' },
  '/orders/{id}': { get: 'getOrder' },
  '/orders/{id}/ship': { post: 'shipOrder' },
  '/orders/{id}/cancel': { post: 'cancelOrder' },
  '/orders/{id}/history': { get: 'getOrderHistory' },
};

describe('the OpenAPI description', () => {
  let app: OrdersUnderTest;
  let orders: OrdersClient;
  let document: Document;

  beforeAll(async () => {
    app = await startOrdersOn('memory', 50);
    orders = app.orders;
    document = (await orders.get<Document>('/docs-json')).body;
  });

  afterAll(() => app.close());

  const operation = (path: keyof typeof PATHS, method: string): Operation => document.paths[path]![method]!;

  it('names each route once', () => {
    const found = Object.entries(document.paths).map(([path, methods]) => [
      path,
      Object.fromEntries(Object.entries(methods).map(([method, { operationId }]) => [method, operationId])),
    ]);
    expect(document.openapi).toMatch(/^3\./);
    expect(Object.fromEntries(found)).toMatchObject(PATHS);
  });

  it('describes the bodies by the schemas that validate them', () => {
    const bodyOf = (path: keyof typeof PATHS) =>
      operation(path, 'post').requestBody!.content['application/json']!.schema.properties;
    expect(bodyOf('/orders')).toMatchObject({
      customerId: { type: 'string', minLength: 1 },
      items: {
        type: 'array',
        minItems: 1,
        items: {
          required: ['sku', 'quantity', 'unitPrice'],
          properties: { quantity: { type: 'integer', minimum: 1 } },
        },
      },
    });
    expect(bodyOf('/orders/{id}/ship')).toHaveProperty('trackingNumber');
    expect(bodyOf('/orders/{id}/cancel')).toHaveProperty('reason');
  });

  it('describes path, query and header parameters', () => {
    const namesOf = (path: keyof typeof PATHS, method: string) =>
      operation(path, method).parameters.map(({ in: where, name }) => `${where} ${name}`);
    expect(namesOf('/orders', 'get')).toEqual([
      'query status',
      'query customerId',
      'query limit',
      'query cursor',
      'header x-tidemark-position',
    ]);
    expect(namesOf('/orders/{id}', 'get')).toEqual(['path id', 'header x-tidemark-position']);
    expect(namesOf('/orders/{id}/ship', 'post')).toEqual(['path id', 'header If-Match']);
    expect(namesOf('/orders/{id}/cancel', 'post')).toEqual(['path id', 'header If-Match']);
    expect(namesOf('/orders/{id}/history', 'get')).toEqual(['path id']);
    const { schema } = operation('/orders', 'get').parameters[2]!;
    expect(schema).toEqual({ type: 'integer', minimum: 1, maximum: 100, default: 20 });
  });

  it.each<[keyof typeof PATHS, string, string[]]>([
    ['/orders', 'post', ['201', '400', '503']],
    ['/orders', 'get', ['200', '400', '503']],
    ['/orders/{id}', 'get', ['200', '400', '404', '503']],
    ['/orders/{id}/ship', 'post', ['200', '400', '404', '409', '422', '503']],
    ['/orders/{id}/cancel', 'post', ['200', '400', '404', '409', '422', '503']],
    ['/orders/{id}/history', 'get', ['200', '400', '404', '503']],
  ])('describes every answer of %s %s', (path, method, statuses) => {
    const { responses, summary } = operation(path, method);
    expect(summary).toMatch(/\w+/);
    expect(Object.keys(responses).sort()).toEqual(statuses);
    for (const { content } of Object.values(responses)) expect(content).toHaveProperty(['application/json', 'schema']);
    expect(responses['503']!.headers).toHaveProperty('Retry-After');
    if (method === 'post') {
      expect(Object.values(responses)[0]!.headers).toMatchObject({ ETag: {}, 'x-tidemark-position': {} });
    }
  });

  it('refers to nothing that it does not have', () => {
    const references = [...JSON.stringify(document).matchAll(/"\$ref":"#\/components\/schemas\/([^"]+)"/g)];
    const names = new Set(references.map(([, name]) => name!));
    expect([...names].sort()).toEqual(['Error', 'Order', 'Receipt']);
    expect(Object.keys(document.components.schemas)).toEqual(expect.arrayContaining([...names]));
  });

  it('has a page for people', async () => {
    const { status, headers, body } = await orders.get<string>('/docs');
    expect([status, headers.get('content-type')]).toEqual([200, expect.stringContaining('text/html')]);
    expect(body).toContain('swagger-ui');
  });

  it('is true to a read that cannot be served in time: 503 with Retry-After', async () => {
    const { status, headers, body } = await orders.get('/orders', { 'x-tidemark-position': '1000000' });
    expect([status, headers.get('retry-after')]).toEqual([503, '1']);
    expect(body).toMatchObject({ statusCode: 503, error: 'Service Unavailable', code: 'WAIT_TIMEOUT' });
  });
});
