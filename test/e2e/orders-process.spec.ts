import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { startEmbeddedPostgres } from '@tidemark/embedded-postgres';
import { existsSync } from 'node:fs';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import {
  type HistoryBody,
  type OrderBody,
  type OrderPageBody,
  OrdersClient,
  seeing,
} from '../support/orders-client.js';
import { OrdersLoad } from '../support/orders-load.js';
import { dataFolder, type OrdersProcess, processesMentioning, spawnOrders, until } from '../support/orders-process.js';

/** The built app with its embedded server, as `npm start` runs it, over a data folder that outlives it. */
describe('the orders app as a process', () => {
  let folder: ReturnType<typeof dataFolder>;
  let started: OrdersProcess[];

  beforeEach(() => {
    folder = dataFolder();
    started = [];
  });

  afterEach(async () => {
    for (const process of started) process.signal('SIGKILL');
    await Promise.all(started.map(({ exited }) => exited));
    if (processesMentioning(folder.path).length > 0) await stopOrphan();
    folder.remove();
  });

  // A server that a killed app has left is adopted by whoever starts on its folder next.
  const stopOrphan = async (): Promise<void> => (await startEmbeddedPostgres({ dataDir: folder.path })).stop();

  const spawn = (variables: Record<string, string> = {}): OrdersProcess => {
    const process = spawnOrders({ TIDEMARK_DATA_DIR: folder.path, READ_MODEL_TIMEOUT_MS: '20000', ...variables });
    started.push(process);
    return process;
  };

  it('places, ships, lists and tells the history, and has it all after a restart', async () => {
    const first = spawn();
    const orders = new OrdersClient(await first.url);
    const placed = await orders.place({ customerId: 'ada' });
    const shipped = await orders.ship(placed.body.id, { 'if-match': placed.headers.get('etag')! });
    const listed = await orders.get<OrderPageBody>('/orders?status=shipped', seeing(shipped));
    const history = await orders.history(placed.body.id);
    expect([placed, shipped, listed, history].map(({ status }) => status)).toEqual([201, 200, 200, 200]);
    expect(listed.body.items).toMatchObject([{ id: placed.body.id, customerId: 'ada', version: 2 }]);
    expect(history.body.events.map(({ type }) => type)).toEqual(['order.placed', 'order.shipped']);
    first.signal('SIGTERM');
    expect(await first.exited).toBe(0);

    const again = new OrdersClient(await spawn().url);
    expect((await again.get<OrderPageBody>('/orders')).body).toEqual(listed.body);
    expect((await again.history(placed.body.id)).body).toEqual(history.body);
  });

  it('says where it answers and where its data is, and never a password', async () => {
    const process = spawn();
    const url = await process.url;
    const output = process.output();
    expect(output).toContain(`${url}/docs`);
    expect(output).toContain(`data in ${folder.path}`);
    expect(output).not.toMatch(/postgres:\/\/|@127/);
    // Not on a terminal, so it is one line of the log.
    const [line = '', ...others] = output.trim().split('\n');
    expect([JSON.parse(line), others]).toEqual([expect.objectContaining({ fact: 'orders.ready', url }), []]);
  });

  it('keeps each answered write exactly once through kill -9 under 32 clients', async () => {
    const killed = spawn();
    const load = new OrdersLoad(await killed.url, 32);
    await until('600 writes are answered', () => load.answered >= 600);
    killed.signal('SIGKILL');
    expect(await killed.exited).toBe('SIGKILL');
    await load.ended;

    const restartedAt = performance.now();
    const orders = new OrdersClient(await spawn().url);
    const readyMs = Math.round(performance.now() - restartedAt);
    // Whoever sees this order sees everything that was written before it, answered or not.
    const last = await orders.place({ customerId: 'last' });
    const listed = await orders.list('limit=100', seeing(last));
    const caughtUpMs = Math.round(performance.now() - restartedAt);
    load.sent.add('last');
    load.versions.set(last.body.id, 1);
    const byId = new Map(listed.map((order) => [order.id, order]));

    // Each request to place has a customer of its own.
    expect(byId.size).toBe(listed.length);
    expect(new Set(listed.map(({ customerId }) => customerId)).size).toBe(listed.length);
    expect(listed.filter(({ customerId }) => !load.sent.has(customerId))).toEqual([]);
    // What was answered is there. More may be: what was on its way when the process died.
    const missing = [...load.versions].filter(([id, version]) => (byId.get(id)?.version ?? 0) < version);
    expect(missing).toEqual([]);
    // The read model is what the streams say.
    expect(await differences(orders, listed)).toEqual([]);

    const cutOff = load.sent.size - 1 - load.placed;
    process.stdout.write(
      `kill -9 under 32 clients: ${load.answered} writes answered, ${cutOff} placings cut off, ${missing.length} lost, ` +
        `${listed.length - byId.size} twice, ${listed.length - 1} orders found; ` +
        `restart answered after ${readyMs} ms and had caught up after ${caughtUpMs} ms\n`,
    );
  }, 240_000);

  it('ends with code 0 on SIGTERM under load, with each answered write kept and no server left', async () => {
    const first = spawn();
    const load = new OrdersLoad(await first.url, 8);
    await until('100 writes are answered', () => load.answered >= 100);
    expect(processesMentioning(folder.path)).not.toEqual([]);
    first.signal('SIGTERM');
    expect(await first.exited).toBe(0);
    expect(processesMentioning(folder.path)).toEqual([]);
    await load.ended;
    expect(load.refusals).toEqual([]);

    const orders = new OrdersClient(await spawn().url);
    const listed = await orders.list('limit=100', { 'x-tidemark-position': String(load.lastPosition) });
    const versions = new Map(listed.map(({ id, version }) => [id, version]));
    expect([...load.versions].filter(([id, version]) => versions.get(id) !== version)).toEqual([]);
    expect(listed).toHaveLength(load.versions.size);
  }, 240_000);

  it.each(['SIGTERM', 'SIGINT'] as const)(
    'ends with code 0 on %s while it starts, with no server left',
    async (signal) => {
      const process = spawn();
      await until('it has begun to start', () => existsSync(join(folder.path, 'owners')));
      process.signal(signal);
      expect(await process.exited).toBe(0);
      expect(processesMentioning(folder.path)).toEqual([]);
    },
  );

  it('ends with code 1 and says why where its port is taken, with no server left', async () => {
    const other = createServer().listen(0);
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    const process = spawn({ PORT: String(port), LOG_LEVEL: 'fatal' });
    expect(await process.exited).toBe(1);
    expect(process.output()).toBe(`Port ${port} is taken by another program. Set PORT to a free one.\n`);
    expect(processesMentioning(folder.path)).toEqual([]);
    other.close();
    await once(other, 'close');
  });

  it('ends with code 1 and says why where its data folder is in use, and leaves the other alone', async () => {
    const orders = new OrdersClient(await spawn().url);
    const second = spawn();
    expect(await second.exited).toBe(1);
    expect(second.output()).toMatch(/^The data folder .* is in use by the running process \d+.*\n$/);
    expect((await orders.place()).status).toBe(201);
  });

  it('ends with code 1 where the environment is not usable, and says all of it', async () => {
    const process = spawn({ PORT: 'http', STORE: 'oracle' });
    expect(await process.exited).toBe(1);
    expect(process.output()).toMatch(/PORT must be .*\n.*STORE must be /);
    expect(existsSync(folder.path)).toBe(false);
  });

  it('runs in memory with no server at all, and logs as much as LOG_LEVEL asks for', async () => {
    const quiet = spawn({ STORE: 'memory' });
    const talkative = spawn({ STORE: 'memory', LOG_LEVEL: 'log' });
    expect((await new OrdersClient(await quiet.url).place()).status).toBe(201);
    await talkative.url;
    expect(quiet.output()).toContain('kept in memory');
    expect(quiet.output()).not.toContain('Nest application');
    expect(talkative.output()).toContain('Nest application successfully started');
    expect(existsSync(folder.path)).toBe(false);
    quiet.signal('SIGINT');
    expect(await quiet.exited).toBe(0);
  });
});

async function differences(orders: OrdersClient, listed: readonly OrderBody[]): Promise<object[]> {
  const found: object[] = [];
  const queue = [...listed];
  const compareNext = async (): Promise<void> => {
    for (let order = queue.pop(); order !== undefined; order = queue.pop()) {
      const { body } = await orders.history<HistoryBody>(order.id);
      const types = body.events.map(({ type }) => type).join(' ');
      const expected = order.status === 'shipped' ? 'order.placed order.shipped' : 'order.placed';
      if (types !== expected || body.version !== order.version) found.push({ order, types });
    }
  };
  await Promise.all(Array.from({ length: 8 }, compareNext));
  return found;
}
