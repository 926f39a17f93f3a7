import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RunningApp, startApp } from '../src/bootstrap.js';

/** Orders over HTTP: in memory, and on a PostgreSQL that the test starts for itself. */
describe.each(['memory', 'embedded'] as const)('orders, %s', (kind) => {
  let folder: string;
  let running: RunningApp;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'orders-'));
    const store = kind === 'memory' ? { kind } : { kind, dataDir: join(folder, 'postgres') };
    running = await startApp({ port: 0, store, readModelTimeoutMs: 15_000, logLevel: 'fatal' });
  });

  afterAll(async () => {
    await running.close();
    await rm(folder, { recursive: true, force: true });
  });

  const post = (path: string, body: object): Promise<Response> =>
    fetch(`${running.url}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });

  it('places an order, and a read that names its position sees it', async () => {
    const placed = await post('/orders', {
      customerId: 'ada',
      items: [{ sku: 'tea', quantity: 2, unitPrice: 9.5 }],
    });
    expect(placed.status).toBe(201);
    const { id } = (await placed.json()) as { id: string };
    const read = await fetch(`${running.url}/orders/${id}`, {
      headers: { 'x-tidemark-position': placed.headers.get('x-tidemark-position') ?? '' },
    });
    expect(await read.json()).toMatchObject({ id, customerId: 'ada', status: 'placed', total: 19 });
  });

  it('refuses an order without items', async () => {
    expect((await post('/orders', { customerId: 'ada', items: [] })).status).toBe(400);
  });
});
