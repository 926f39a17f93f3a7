import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createServer, type Server } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { type RunningApp, startApp } from '../../apps/orders/src/bootstrap.js';
import type { StoreConfig } from '../../apps/orders/src/config/app.config.js';
import { type OrderBody, OrdersClient, seeing } from '../support/orders-client.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

/** Several apps in one process, and starts that fail. `drop()` of a database fails where an app left a connection open. */
describe('orders apps', () => {
  let databases: TestDatabase[];
  const running: RunningApp[] = [];

  beforeEach(async () => {
    databases = await Promise.all([createTestDatabase('empty'), createTestDatabase('empty')]);
  });

  afterEach(async () => {
    await Promise.all(running.splice(0).map((app) => app.close()));
    for (const database of databases) await database.drop();
  });

  const start = async (store: StoreConfig, port = 0): Promise<OrdersClient> => {
    const app = await startApp({ port, store, readModelTimeoutMs: 15_000, logLevel: 'fatal' });
    running.push(app);
    return new OrdersClient(app.url);
  };
  const on = (database: TestDatabase): StoreConfig => ({ kind: 'external', url: database.url });

  it('on two databases and in memory do not see each other', async () => {
    const apps = [await start(on(databases[0]!)), await start(on(databases[1]!)), await start({ kind: 'memory' })];
    const names = ['first', 'second', 'third'];
    const placed = await Promise.all(apps.map((app, index) => app.place({ customerId: names[index] })));
    const lists = await Promise.all(apps.map((app, index) => app.list('limit=10', seeing(placed[index]!))));
    expect(lists.map((list) => list.map(({ customerId }) => customerId))).toEqual(names.map((name) => [name]));
    const elsewhere = await Promise.all(apps.map((app, index) => app.ship(placed[(index + 1) % 3]!.body.id)));
    expect(elsewhere.map(({ status }) => status)).toEqual([404, 404, 404]);
  });

  it('that end leave the others running', async () => {
    const [first, second] = [await start(on(databases[0]!)), await start(on(databases[1]!))];
    await running.shift()!.close();
    await expect(first.place()).rejects.toThrow('fetch failed');
    const placed = await second.place();
    expect((await second.get(`/orders/${placed.body.id}`, seeing(placed))).status).toBe(200);
  });

  it('as replicas of an empty database start together, and see through one what was written through the other', async () => {
    const replicas = await Promise.all(
      [on(databases[0]!), on(databases[0]!), on(databases[0]!)].map((store) => start(store)),
    );
    for (const [index, writer] of replicas.entries()) {
      const placed = await writer.place();
      for (const reader of replicas) {
        const { status, body } = await reader.get<OrderBody>(`/orders/${placed.body.id}`, seeing(placed));
        expect([index, status, body.version]).toEqual([index, 200, 1]);
      }
      const shipped = await replicas[(index + 1) % 3]!.ship(placed.body.id, { 'if-match': '"1"' });
      expect(shipped.status).toBe(200);
    }
  });

  it('find everything again when they start again', async () => {
    const first = await start(on(databases[0]!));
    const placed = await first.place({ customerId: 'grace' });
    const before = await first.get(`/orders/${placed.body.id}`, seeing(placed));
    await running.shift()!.close();
    const second = await start(on(databases[0]!));
    expect((await second.get(`/orders/${placed.body.id}`)).body).toEqual(before.body);
    expect((await second.ship(placed.body.id, { 'if-match': '"1"' })).status).toBe(200);
  });

  describe('that cannot start', () => {
    let taken: Server;

    beforeEach(async () => {
      taken = createServer().listen(0);
      await once(taken, 'listening');
    });

    afterEach(async () => {
      taken.close();
      await once(taken, 'close');
    });

    it('for a taken port say so, and leave no connection behind', async () => {
      const { port } = taken.address() as AddressInfo;
      await expect(start(on(databases[0]!), port)).rejects.toThrow(`Port ${port} is taken`);
    });

    it('for a database that does not exist say so at once', async () => {
      const url = new URL(databases[0]!.url);
      url.pathname = '/no_such_database';
      await expect(start({ kind: 'external', url: url.href })).rejects.toThrow('no_such_database');
    });

    it('for a schema that a newer release has migrated say so, and leave no connection behind', async () => {
      await start(on(databases[0]!));
      await running.shift()!.close();
      const client = await databases[0]!.client();
      await client.query("insert into tidemark.migrations (timestamp, name) values (9999, 'future_9999')");
      await client.end();
      await expect(start(on(databases[0]!))).rejects.toMatchObject({ name: 'SchemaTooNewError' });
    });
  });
});
