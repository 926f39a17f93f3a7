import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { HealthReport } from '@tidemark/event-sourcing';
import pg from 'pg';
import { DataSource } from 'typeorm';
import { eventually } from '../support/eventually.js';
import { waiterForTable } from '../support/lock-waiters.js';
import { type LogLine, logLinesOf } from '../support/log-lines.js';
import { type Scrape, scrape, scrapeUntil } from '../support/metrics-scrape.js';
import { closeDatabases } from '../support/open-database.js';
import { type Answer, OrdersClient, seeing } from '../support/orders-client.js';
import { type OrdersProcess, spawnOrders } from '../support/orders-process.js';
import { type OtlpReceiver, type ReceivedSpan, startOtlpReceiver } from '../support/otlp-receiver.js';
import { Counted, createPostgresStore } from '../support/postgres-store.js';
import { RestartableServer } from '../support/restartable-server.js';
import { startBin } from '../support/tidemark-cli.js';

/** Stands in payloads and rows, and never in a log, a trace or a metric. */
const SECRET = 'geheim-4711';
const subscription = 'order-summary';
/** A span arrives up to five seconds after its end, and the machine may be busy. */
const SPAN_TIMEOUT_MS = 40_000;
const WAIT_MS = 40_000;
const NO_ORDER = '0198c8a0-0000-7000-8000-000000000000';
/** All that a caller is told while the database is away. */
const AWAY = {
  statusCode: 503,
  error: 'Service Unavailable',
  message: 'The database cannot be reached. Try again.',
  code: 'DATABASE_UNREACHABLE',
};

/**
 * The sample app as a process of its own, with a server that can go down. Each failure is made to happen, and is seen where
 * an operator looks: health, metrics, log, traces and the command line. One process for all of it, in this order.
 */
describe('an operator who walks through the failures', () => {
  const server = new RestartableServer();
  let receiver: OtlpReceiver;
  let databaseUrl: string;
  let orders: OrdersProcess;
  let url: string;
  let client: OrdersClient;
  let sql: pg.Client;

  beforeAll(async () => {
    [receiver, databaseUrl] = await Promise.all([startOtlpReceiver(), server.up()]);
    orders = spawnOrders({
      DATABASE_URL: databaseUrl,
      LOG_LEVEL: 'info',
      SERVICE_NAME: 'walk',
      ENABLE_TRACING: 'true',
      OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
    });
    url = await orders.url;
    client = new OrdersClient(url);
    sql = await connect();
  }, 240_000);

  afterAll(async () => {
    orders.signal('SIGKILL');
    await orders.exited;
    await sql.end();
    await receiver.close();
    await server.remove();
  });

  const connect = async (): Promise<pg.Client> => {
    const connection = new pg.Client({ connectionString: databaseUrl });
    connection.on('error', () => undefined);
    await connection.connect();
    return connection;
  };
  const place = (correlationId: string, customerId = 'ada') =>
    client.place({ customerId }, { 'x-correlation-id': correlationId });
  const health = async (): Promise<HealthReport> =>
    (await client.get<{ details: { tidemark: { report: HealthReport } } }>('/health')).body.details.tidemark.report;
  const healthUntil = (holds: (report: HealthReport) => boolean) => eventually(() => health(), holds, WAIT_MS);
  const metrics = (holds: (answer: Scrape) => boolean) => scrapeUntil(url, holds);
  const lines = (): LogLine[] => logLinesOf(orders.output());
  const facts = (fact: string): LogLine[] => lines().filter((line) => line.fact === fact);
  const factUntil = (fact: string, holds: (line: LogLine) => boolean = () => true): Promise<LogLine | undefined> =>
    eventually(
      () => facts(fact).find(holds),
      (line) => line !== undefined,
      WAIT_MS,
    );
  const span = (name: string, holds: (one: ReceivedSpan) => boolean): Promise<ReceivedSpan | undefined> =>
    eventually(
      () => receiver.named(name).find(holds),
      (found) => found !== undefined,
      SPAN_TIMEOUT_MS,
    );

  const tidemark = async (): Promise<unknown> => {
    const { code, stdout, stderr } = await startBin(databaseUrl, 'status', '--json').ended;
    return code === 0 ? (JSON.parse(stdout) as unknown) : { code, stderr };
  };
  const standing = (state: string, more: object = {}) => [
    expect.objectContaining({ name: subscription, state, ...more }),
  ];

  it('sees that all is well', async () => {
    const placed = await place('c-well');
    expect((await client.get(`/orders/${placed.body.id}`, seeing(placed))).status).toBe(200);
    expect(await healthUntil(({ status }) => status === 'healthy')).toMatchObject({ running: true, reasons: [] });
    await metrics((answer) => answer.value('subscription_state', { subscription, state: 'live' }) === 1);
    const requests = lines().filter(({ correlationId }) => correlationId === 'c-well');
    expect(requests).toMatchObject([{ level: 'info', service: 'walk', msg: 'POST /orders 201' }]);
    const append = await span('append', ({ attributes }) => attributes['aggregate.id'] === placed.body.id);
    expect(append).toMatchObject({ service: 'walk', hasFailed: false, attributes: { 'event.type': 'order.placed' } });
    await span('handle', ({ links }) => links.includes(append?.spanId ?? ''));
    expect(await tidemark()).toMatchObject({
      feed: { ageSeconds: 0 },
      processes: [expect.any(String)],
      deadLetters: { parked: 0 },
      subscriptions: standing('running'),
    });
  });

  it('sees an event that its handler cannot take, by its ids and without what is in it', async () => {
    await sql.query(`alter table order_summaries add constraint no_such_customer check (customer_id <> '${SECRET}')`);
    const { body: order } = await place('c-poison', SECRET);
    const parked = await healthUntil(({ deadLetterQueue }) => deadLetterQueue?.parked === 1);
    expect(parked.subscriptions).toMatchObject([
      { name: subscription, lastError: expect.stringContaining('no_such_customer') },
    ]);
    const counted = await metrics((answer) => answer.value('dead_letters', { subscription, state: 'parked' }) === 1);
    expect(counted.value('dead_letters_total', { subscription, reason: 'failed' })).toBe(1);
    expect(counted.value('subscription_events_failed_total', { subscription, category: 'permanent' })).toBe(1);
    const told = facts('subscription.failed');
    expect(told).toHaveLength(1);
    expect(told[0]).toMatchObject({
      level: 'error',
      subscription,
      streamId: `order-${order.id}`,
      correlationId: 'c-poison',
      category: 'permanent',
      next: 'park',
      error: { code: '23514', constraint: 'no_such_customer' },
    });
    expect(typeof told[0]?.deadLetterId).toBe('string');
    const failed = await span('handle', ({ attributes }) => attributes['aggregate.id'] === order.id);
    expect(failed).toMatchObject({ hasFailed: true, attributes: { 'event.id': told[0]?.eventId } });
    expect(await tidemark()).toMatchObject({ deadLetters: { parked: 1 }, subscriptions: standing('running') });
    await sql.query('alter table order_summaries drop constraint no_such_customer');
  });

  it('sees a feed that an open transaction holds', async () => {
    const writer = new DataSource({ type: 'postgres', url: databaseUrl });
    await writer.initialize();
    const { store } = createPostgresStore(writer);
    await writer.transaction(async (manager) => {
      await store.append('count-held', [new Counted(1, 1)], { manager });
      const held = await healthUntil(({ horizon }) => (horizon?.ageSeconds ?? 0) > 0.5);
      expect(BigInt(held.horizon?.position ?? 0)).toBeLessThan(BigInt(held.horizon?.head ?? 0));
      const pid = await manager.query<{ pid: number }[]>('select pg_backend_pid() as pid');
      expect(held.horizon?.holderPid).toBe(pid[0]?.pid);
      const answer = await metrics((one) => (one.value('feed_horizon_age_seconds') ?? 0) > 0.5);
      expect(answer.value('feed_horizon_position')).toBeLessThan(answer.value('feed_head_position') ?? 0);
      expect(await tidemark()).toMatchObject({ feed: { holderPid: pid[0]?.pid } });
      // Requests are answered meanwhile.
      expect((await place('c-held')).status).toBe(201);
    });
    await metrics((one) => one.value('feed_horizon_age_seconds') === 0);
    await closeDatabases([writer]);
  });

  it('sees that the database is away, and that it is back', async () => {
    await sql.end();
    await server.down('fast');
    const away = await healthUntil(({ status }) => status === 'critical');
    expect(away.database).toMatchObject({ status: 'critical' });
    expect((await client.get('/health/ready')).status).toBe(503);
    expect((await client.get('/health/live')).status).toBe(200);
    const silent = await metrics(
      (one) =>
        one.value('feed_head_position') === undefined &&
        (one.value('subscription_retries_total', { subscription, category: 'infrastructure' }) ?? 0) > 0,
    );
    expect(silent.value('pool_waiting')).toBeDefined();
    const asked = [place('c-away'), client.ship(NO_ORDER), client.get('/orders'), client.history(NO_ORDER)];
    for (const { status, headers, body } of await Promise.all<Answer<unknown>>(asked)) {
      expect([status, headers.get('retry-after'), body]).toEqual([503, '1', AWAY]);
    }
    await factUntil('health.impaired', ({ to }) => to === 'critical');
    await factUntil('metrics.left-out');
    await factUntil('subscription.failed', (line) => line.category === 'infrastructure' && line.next === 'retry');
    const refused = await eventually(
      () => lines().filter(({ correlationId, level }) => correlationId === 'c-away' && level === 'error'),
      (found) => found.length === 2,
    );
    expect(refused).toMatchObject([{ err: { code: 'ECONNREFUSED' } }, { msg: 'POST /orders 503' }]);
    await span('append', ({ hasFailed }) => hasFailed);

    expect(await tidemark()).toMatchObject({ code: 5, stderr: expect.stringMatching(/^tidemark: [^\n]+\n$/) });

    await server.up();
    sql = await connect();
    expect(await healthUntil(({ database }) => database.status === 'healthy')).toMatchObject({ running: true });
    await factUntil('control-connection.back');
    const placed = await eventually(
      () => place('c-back'),
      ({ status }) => status === 201,
      WAIT_MS,
    );
    await metrics((one) => one.value('subscription_position', { subscription }) === positionOf(placed));
    expect(facts('metrics.left-out')).toHaveLength(1);
    expect(facts('control-connection.back')).toHaveLength(1);
    // The database being away is no event's fault.
    expect((await scrape(url)).value('dead_letters', { subscription, state: 'parked' })).toBe(1);
  }, 240_000);

  it('sees that the process is about to stop, and what became of its work', async () => {
    await sql.query('begin; lock table order_summaries in access exclusive mode');
    const { body: order } = await place('c-last');
    await waiterForTable(sql, 'order_summaries');
    await metrics((one) => (one.value('subscription_in_flight', { subscription }) ?? 0) === 1);
    orders.signal('SIGTERM');
    await factUntil('shutdown.begun', ({ reason, inFlight }) => reason === 'SIGTERM' && inFlight === 1);
    expect((await client.get('/health/ready')).status).toBe(503);
    expect(await health()).toMatchObject({ running: false, status: 'unhealthy' });
    expect((await client.get('/health/live')).status).toBe(200);
    expect((await scrape(url)).value('subscription_in_flight', { subscription })).toBe(1);
    await sql.query('rollback');
    expect(await orders.exited).toBe(0);
    expect(facts('shutdown.completed')).toMatchObject([
      { level: 'info', reason: 'SIGTERM', phase: 'stopped', inFlightAtStart: 1, eventsDrained: 1, eventsNotDrained: 0 },
    ]);
    expect(facts('partition.released')).toHaveLength(1);
    expect(await tidemark()).toMatchObject({ processes: [], subscriptions: standing('unowned') });
    // The exporter is flushed after the drain.
    expect(receiver.named('handle').filter(({ attributes }) => attributes['aggregate.id'] === order.id)).toMatchObject([
      { hasFailed: false },
    ]);
  });

  it('finds the secret nowhere', () => {
    expect(lines().length).toBeGreaterThan(20);
    expect(orders.output()).not.toContain(SECRET);
    expect(receiver.text()).not.toContain(SECRET);
    const { password } = new URL(databaseUrl);
    expect(password).not.toBe('');
    expect(orders.output()).not.toContain(password);
  });
});

function positionOf({ headers }: { readonly headers: Headers }): number {
  return Number(headers.get('x-tidemark-position'));
}
