import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type OrdersUnderTest, startOrdersOn } from '../support/orders-app.js';
import { type ErrorBody, type OrdersClient, seeing } from '../support/orders-client.js';

const UUID_V7 = /^[\da-f]{8}-[\da-f]{4}-7[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/;
const UNKNOWN = '0195507e-5c80-7000-8000-0123456789ab';
const ITEM = { sku: 'a', quantity: 2, unitPrice: 9.5 };

describe.each(['postgres', 'memory'] as const)('commands to the orders app on %s', (kind) => {
  let app: OrdersUnderTest;
  let orders: OrdersClient;

  beforeAll(async () => {
    app = await startOrdersOn(kind);
    orders = app.orders;
  });

  afterAll(() => app.close());

  describe('POST /orders', () => {
    it('answers 201 with id and version, its ETag and its position', async () => {
      const placed = await orders.post('/orders', { customerId: 'ada', items: [ITEM] });
      expect(placed).toMatchObject({ status: 201, body: { id: expect.stringMatching(UUID_V7), version: 1 } });
      expect(Object.keys(placed.body)).toEqual(['id', 'version']);
      expect(placed.headers.get('etag')).toBe('"1"');
      expect(placed.headers.get('x-tidemark-position')).toMatch(/^\d+$/);
    });

    it.each<[string, unknown, string]>([
      ['no customer', { items: [ITEM] }, 'customerId: '],
      ['an empty customer', { customerId: ' ', items: [ITEM] }, 'customerId: '],
      ['a customer that is no text', { customerId: 7, items: [ITEM] }, 'customerId: '],
      ['a customer with U+0000', { customerId: 'a\u0000', items: [ITEM] }, 'customerId: '],
      ['a customer with half a character', { customerId: 'a\ud800', items: [ITEM] }, 'customerId: '],
      ['a customer that is too long', { customerId: 'a'.repeat(101), items: [ITEM] }, 'customerId: '],
      ['no items', { customerId: 'ada' }, 'items: '],
      ['an empty list of items', { customerId: 'ada', items: [] }, 'items: '],
      ['too many items', { customerId: 'ada', items: Array(101).fill(ITEM) }, 'items: '],
      ['no sku', { customerId: 'ada', items: [{ ...ITEM, sku: '' }] }, 'items.0.sku: '],
      ['no quantity', { customerId: 'ada', items: [ITEM, { ...ITEM, quantity: undefined }] }, 'items.1.quantity: '],
      ['a quantity of 0', { customerId: 'ada', items: [{ ...ITEM, quantity: 0 }] }, 'items.0.quantity: '],
      ['half a quantity', { customerId: 'ada', items: [{ ...ITEM, quantity: 0.5 }] }, 'items.0.quantity: '],
      ['a price below 0', { customerId: 'ada', items: [{ ...ITEM, unitPrice: -1 }] }, 'items.0.unitPrice: '],
      ['a tenth of a cent', { customerId: 'ada', items: [{ ...ITEM, unitPrice: 0.001 }] }, 'items.0.unitPrice: '],
      ['a price as text', { customerId: 'ada', items: [{ ...ITEM, unitPrice: '9.5' }] }, 'items.0.unitPrice: '],
      ['a price without end', { customerId: 'ada', items: [{ ...ITEM, unitPrice: 1e300 }] }, 'items.0.unitPrice: '],
      ['no object', [], 'expected object'],
    ])('answers 400 to %s, naming the field', async (_what, body, field) => {
      const refused = await orders.post<ErrorBody>('/orders', body);
      expect(refused).toMatchObject({ status: 400, body: { statusCode: 400, error: 'Bad Request' } });
      expect(refused.body.message).toEqual([expect.stringContaining(field)]);
    });

    it('names every field that is wrong', async () => {
      const refused = await orders.post<ErrorBody>('/orders', { customerId: '', items: [{ quantity: 0 }] });
      const fields = (refused.body.message as string[]).map((message) => message.split(':')[0]);
      expect(fields).toEqual(['customerId', 'items.0.sku', 'items.0.quantity', 'items.0.unitPrice']);
    });

    it.each<[string, number, string | undefined, string]>([
      ['broken JSON', 400, '{"customerId": "ada", ', 'application/json'],
      ['no body', 400, undefined, 'application/json'],
      ['a body that is no JSON', 400, 'customerId=ada', 'text/plain'],
      ['a body of 200 kB', 413, JSON.stringify({ customerId: 'a'.repeat(200_000) }), 'application/json'],
    ])('answers %s with %i', async (_what, statusCode, body, contentType) => {
      const refused = await orders.send<ErrorBody>('POST', '/orders', body, { 'content-type': contentType });
      expect(refused.status).toBe(statusCode);
      expect(refused.body).toMatchObject({ statusCode, error: expect.any(String), message: expect.anything() });
    });
  });

  describe('POST /orders/:id/ship and /cancel', () => {
    it.each(['ship', 'cancel'] as const)(
      '%s answers 200 with the new version, its ETag and its position',
      async (verb) => {
        const placed = await orders.place();
        const changed = await orders[verb](placed.body.id);
        expect(changed).toMatchObject({ status: 200, body: { id: placed.body.id, version: 2 } });
        expect(changed.headers.get('etag')).toBe('"2"');
        const [before, after] = [placed, changed].map((answer) => BigInt(seeing(answer)['x-tidemark-position']!));
        expect(after! > before!).toBe(true);
      },
    );

    it.each([
      ['ship', 'ship', 'ORDER_ALREADY_SHIPPED'],
      ['ship', 'cancel', 'ORDER_ALREADY_SHIPPED'],
      ['cancel', 'ship', 'ORDER_ALREADY_CANCELLED'],
      ['cancel', 'cancel', 'ORDER_ALREADY_CANCELLED'],
    ] as const)('after %s answers 422 to %s and records nothing', async (first, second, code) => {
      const { id } = (await orders.place()).body;
      await orders[first](id);
      const refused = await orders[second]<ErrorBody>(id);
      expect(refused).toMatchObject({ status: 422, body: { statusCode: 422, error: 'Unprocessable Entity', code } });
      expect((await orders.history(id)).body.events).toHaveLength(2);
    });

    it.each([
      ['ship', {}, 'trackingNumber: '],
      ['ship', { trackingNumber: '' }, 'trackingNumber: '],
      ['cancel', { reason: 7 }, 'reason: '],
      ['cancel', { reason: 'a'.repeat(501) }, 'reason: '],
    ])('%s answers 400 to %j, naming the field', async (verb, body, field) => {
      const { id } = (await orders.place()).body;
      const refused = await orders.post<ErrorBody>(`/orders/${id}/${verb}`, body);
      expect(refused).toMatchObject({ status: 400, body: { message: [expect.stringContaining(field)] } });
    });
  });

  describe('If-Match', () => {
    it.each(['"1"', 'W/"1"', '1', '*'])('%s lets the command pass that has seen version 1', async (header) => {
      const { id } = (await orders.place()).body;
      expect(await orders.ship(id, { 'if-match': header })).toMatchObject({ status: 200, body: { id, version: 2 } });
    });

    it('with another version answers 409 with the actual one, before any rule of the domain', async () => {
      const { id } = (await orders.place()).body;
      await orders.ship(id);
      const refused = await orders.cancel<ErrorBody>(id, { 'if-match': '"1"' });
      expect(refused).toMatchObject({
        status: 409,
        body: { error: 'Conflict', code: 'CONCURRENCY', actualVersion: 2 },
      });
      expect((await orders.history(id)).body.events).toHaveLength(2);
    });

    it.each(['"abc"', '""', '"1", "2"', '0'])('%s answers 400, naming the header', async (header) => {
      const { id } = (await orders.place()).body;
      const refused = await orders.ship<ErrorBody>(id, { 'if-match': header });
      expect(refused).toMatchObject({ status: 400, body: { message: expect.stringContaining('If-Match') } });
    });

    it('lets one of 20 parallel commands through that have all seen the same version', async () => {
      const { id } = (await orders.place()).body;
      const ships = await Promise.all(Array.from({ length: 20 }, () => orders.ship(id, { 'if-match': '"1"' })));
      const statuses = ships.map(({ status }) => status).sort();
      expect(statuses).toEqual([200, ...Array<number>(19).fill(409)]);
      expect((await orders.history(id)).body.events.map(({ type }) => type)).toEqual(['order.placed', 'order.shipped']);
    });

    it('left out, one of 20 parallel commands passes and the others break the rule', async () => {
      const { id } = (await orders.place()).body;
      const ships = await Promise.all(Array.from({ length: 20 }, () => orders.ship(id)));
      const statuses = ships.map(({ status }) => status).sort();
      expect(statuses).toEqual([200, ...Array<number>(19).fill(422)]);
    });
  });

  it.each([
    ['GET', ''],
    ['GET', '/history'],
    ['POST', '/ship'],
    ['POST', '/cancel'],
  ])('%s /orders/:id%s answers 404 for an unknown id and 400 for what is none', async (method, rest) => {
    const body = method === 'POST' ? JSON.stringify({ trackingNumber: 'x', reason: 'x' }) : undefined;
    const ask = (id: string) =>
      orders.send<ErrorBody>(method, `/orders/${id}${rest}`, body, { 'content-type': 'application/json' });
    const unknown = await ask(UNKNOWN);
    expect(unknown).toMatchObject({ status: 404, body: { statusCode: 404, code: 'AGGREGATE_NOT_FOUND' } });
    expect(unknown.body.message).toContain(UNKNOWN);
    const malformed = await ask('42');
    expect(malformed).toMatchObject({ status: 400, body: { message: [expect.stringContaining('id: ')] } });
  });

  it('answers 404 as JSON where there is no route', async () => {
    const { status, body } = await orders.get<ErrorBody>('/nothing');
    expect([status, body]).toEqual([404, expect.objectContaining({ statusCode: 404, error: 'Not Found' })]);
  });
});
