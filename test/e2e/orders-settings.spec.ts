import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type Drainable, ShutdownDrain } from '@tidemark/event-sourcing';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DataSource } from 'typeorm';
import { type RunningApp, startApp } from '../../apps/orders/src/bootstrap.js';
import { readConfig } from '../../apps/orders/src/config/app.config.js';
import { eventually } from '../support/eventually.js';
import { type ErrorBody, OrdersClient, seeing } from '../support/orders-client.js';
import { scrapeUntil } from '../support/metrics-scrape.js';
import { type OrdersProcess, spawnOrders } from '../support/orders-process.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

const SESSION = "select current_setting('application_name') as name, current_setting('statement_timeout') as limit";

const WAITS_LONG = `select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'
                    and clock_timestamp() - query_start > interval '1500 milliseconds'`;

/** What the environment says, seen in the app that it was said to. */
describe('the settings of the orders app', () => {
  let database: TestDatabase;
  let running: RunningApp[];

  beforeEach(async () => {
    running = [];
    database = await createTestDatabase();
  });

  afterEach(async () => {
    await Promise.all(running.map((app) => app.close()));
    await database.drop();
  });

  const start = async (variables: Record<string, string>): Promise<RunningApp> => {
    const general = { DATABASE_URL: database.url, PORT: '0', LOG_LEVEL: 'fatal', READ_MODEL_TIMEOUT_MS: '20000' };
    const app = await startApp(readConfig({ ...general, ...variables }));
    running.push(app);
    return app;
  };

  it('make its connections, and a request that gets none is told to come again', async () => {
    const { app, url } = await start({
      WORKERS: 'false',
      MAX_DB_CONNECTIONS: '20',
      INSTANCE_COUNT: '4',
      DATABASE_POOL_TIMEOUT_MS: '1500',
      DATABASE_STATEMENT_TIMEOUT_MS: '20000',
      SERVICE_NAME: 'shop',
    });
    const orders = new OrdersClient(url);
    const placed = await orders.place();
    const dataSource = app.get(DataSource);
    expect(await dataSource.query(SESSION)).toEqual([{ name: 'shop', limit: '20s' }]);

    // 18 of 20 connections, for 4 processes: 4 each, of which one is beside the pool.
    const held = [1, 2, 3].map(() => dataSource.createQueryRunner());
    for (const one of held) await eventually(() => one.connect().catch(() => undefined));
    const path = `/orders/${placed.body.id}`;
    const askedAt = performance.now();
    const answers = await Promise.all([orders.get<ErrorBody>(path), orders.ship<ErrorBody>(placed.body.id)]);
    for (const { status, headers, body } of answers) {
      expect({ status, code: body.code }).toEqual({ status: 503, code: 'POOL_TIMEOUT' });
      expect(headers.get('retry-after')).toBe('1');
    }
    // By default they would wait for 30 seconds.
    expect(performance.now() - askedAt).toBeLessThan(25_000);
    await Promise.all(held.map((one) => one.release()));
    await eventually(
      async () => (await orders.ship(placed.body.id)).status,
      (status) => status === 200,
    );
  });

  it('limit its statements, but not the wait for a replica that migrates', async () => {
    const client = await database.client();
    await client.query('begin');
    await client.query("select pg_advisory_xact_lock(x'6f726465'::int)");
    const started = start({ DATABASE_STATEMENT_TIMEOUT_MS: '1000' });
    const watch = await database.connect();
    await eventually(
      () => watch.query<object[]>(WAITS_LONG),
      (rows) => rows.length > 0,
    );
    await client.query('commit');
    await client.end();
    const { app } = await started;
    expect(await app.get(DataSource).query(SESSION)).toEqual([{ name: 'orders', limit: '1s' }]);
  });

  it('size its batches', async () => {
    const web = new OrdersClient((await start({ WORKERS: 'false' })).url);
    const placed = await Promise.all(Array.from({ length: 7 }, () => web.place()));
    const { url } = await start({ BATCH_SIZE: '3' });
    await Promise.all(placed.map((one) => web.get(`/orders/${one.body.id}`, seeing(one))));
    const metrics = await scrapeUntil(url, (one) => one.value('subscription_events_processed_total') === 7);
    expect(metrics.value('subscription_batch_duration_seconds_count')).toBeGreaterThanOrEqual(3);
  });

  it('end it although something does not come to its end', async () => {
    const { app } = await start({ STORE: 'memory', DRAIN_TIMEOUT_MS: '200', SHUTDOWN_TIMEOUT_MS: '600' });
    const startedAt = performance.now();
    let cutAfterSeconds = 0;
    const stuck: Drainable = {
      name: 'stuck',
      inFlight: () => 0,
      stopTaking: () => undefined,
      drain: async (signal) => {
        await once(signal, 'abort');
        cutAfterSeconds = (performance.now() - startedAt) / 1_000;
      },
      settle: () => new Promise(() => undefined),
      outcome: () => ({ eventsDrained: 0, eventsNotDrained: 0, checkpointsSaved: 0, leasesReleased: 0 }),
    };
    app.get(ShutdownDrain).register(stuck);
    const result = await app.get(ShutdownDrain).requestShutdown('test');
    expect(result).toMatchObject({ phase: 'forced', forced: true });
    // By default it would be cut after 30 seconds, and over after 60.
    expect(cutAfterSeconds).toBeGreaterThan(0.15);
    expect(cutAfterSeconds).toBeLessThan(25);
    expect(result.durationSeconds).toBeGreaterThan(0.5);
    expect(result.durationSeconds).toBeLessThan(50);
  });
});

describe('the orders app as a process', () => {
  let folder: string;
  let child: OrdersProcess;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'tidemark-env-'));
  });

  afterEach(async () => {
    child.signal('SIGKILL');
    await child.exited;
    rmSync(folder, { recursive: true });
  });

  it('reads a file .env, the environment first, and tells nobody the password in it', async () => {
    const database = await createTestDatabase();
    const url = new URL(database.url);
    url.pathname = '/no_such_database';
    const [user, password] = [url.username, url.password || 's3cr3t'];
    url.password = password;
    writeFileSync(join(folder, '.env'), `DATABASE_URL=${url.href}\nPORT=none\nLOG_LEVEL=trace\n`);
    child = spawnOrders({ PORT: '0' }, folder);
    expect(await child.exited).toBe(1);
    expect(child.output()).toContain('no_such_database');
    // Trust has no use for a password, and says nothing of it either.
    expect(child.output()).not.toContain(`:${password}`);
    expect(child.output()).not.toContain(`${user}:`);
    await database.drop();
  });
});
