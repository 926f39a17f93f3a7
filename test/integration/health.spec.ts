import { describe, expect, it } from '@jest/globals';
import { eventually } from '../support/eventually.js';
import { healthBench } from '../support/health-bench.js';

describe('health over HTTP', () => {
  const { start, ask, ready, live, full, append, nothing, failing, close, database } = healthBench();

  it('tells all there is, in the form of Terminus', async () => {
    const { store, manager } = await start(nothing);
    await manager.waitFor(await append(store, 3), { subscription: 'noted' });
    const { code, form, report } = await eventually(full, (answer) => answer.report.status === 'healthy');
    expect([code, form]).toEqual([200, 'ok']);
    expect(report).toMatchObject({
      status: 'healthy',
      running: true,
      subscriptionCount: 1,
      healthyCount: 1,
      degradedCount: 0,
      unhealthyCount: 0,
      totalEventsProcessed: 3,
      totalEventsFailed: 0,
      totalLagEvents: 0,
      uptimeSeconds: expect.any(Number),
      timestamp: expect.any(String),
      database: {
        status: 'healthy',
        latencyMs: expect.any(Number),
        tables: { present: 9, missing: [] },
        schemaVersion: expect.stringContaining('dead_letters'),
        pool: { total: expect.any(Number), waiting: 0, max: 10 },
      },
      deadLetterQueue: { status: 'healthy', parked: 0, redriving: 0, affectedSubscriptions: 0, bySubscription: {} },
      horizon: { status: 'healthy', position: '3', head: '3', ageSeconds: 0 },
      subscriptions: [
        {
          name: 'noted',
          status: 'healthy',
          state: 'live',
          position: '3',
          lagEvents: 0,
          lagSeconds: 0,
          eventsProcessed: 3,
          eventsFailed: 0,
          errorRate: 0,
          partitions: 1,
          owner: [expect.any(String)],
        },
      ],
    });
    expect(await ready()).toMatchObject({ status: 200, body: { ready: true } });
    expect(await live()).toEqual({ status: 200, body: { alive: true, details: { loops: 2, silent: [] } } });
  });

  it('answers at another path, and in memory', async () => {
    await start(nothing, { controller: 'probes', memory: true });
    expect((await ask('/probes/ready')).status).toBe(200);
    expect((await ask('/probes')).status).toBe(200);
    expect((await ask('/health')).status).toBe(404);
  });

  it('tells of a frozen feed: since when and by whom', async () => {
    const { store } = await start(nothing, { health: { maxLagSecondsWarning: 0.3, maxLagSecondsCritical: 1 } });
    const runner = database().createQueryRunner();
    await runner.connect();
    await runner.startTransaction();
    try {
      const [holder] = (await runner.query('select pg_backend_pid() as pid')) as [{ pid: number }];
      await runner.query('select tidemark.hold_horizon()');
      await append(store, 2);
      const degraded = await eventually(full, ({ report }) => report.horizon?.status === 'degraded');
      expect(degraded.code).toBe(200);
      const critical = await eventually(full, ({ report }) => report.horizon?.status === 'critical');
      expect(critical).toMatchObject({ code: 503, form: 'error' });
      expect(critical.report.horizon).toMatchObject({ position: '0', head: '2', holderPid: holder.pid });
      expect(critical.report.horizon!.ageSeconds).toBeGreaterThan(1);
      expect((await ready()).body.reason).toMatch(/^backend \d+ has held the horizon of the feed for \d+ s$/);
      expect((await live()).status).toBe(200);
    } finally {
      await runner.rollbackTransaction();
      await runner.release();
    }
    await eventually(ready, ({ status }) => status === 200);
  });

  it('tells which table is missing', async () => {
    await start(nothing);
    await database().query('alter table tidemark.snapshots rename to elsewhere');
    const { status, body } = await ready();
    expect(status).toBe(503);
    expect(body).toMatchObject({ ready: false, reason: "tables are missing in schema 'tidemark': snapshots" });
    expect((await full()).code).toBe(503);
    expect((await live()).status).toBe(200);
    await database().query('alter table tidemark.elsewhere rename to snapshots');
    await eventually(ready, (answer) => answer.status === 200);
  });

  it('tells of a subscription that has failed, and of its letters no more than there are', async () => {
    const { store } = await start(failing, { subscriptions: { maxRetries: 0, continueOnError: false } });
    await append(store, 1);
    const answer = await eventually(ready, ({ status }) => status === 503);
    expect(answer.body.reason).toMatch(/^subscription 'noted' has failed: .*not today/);
    expect((await full()).report.subscriptions[0]).toMatchObject({
      status: 'unhealthy',
      state: 'failed',
      eventsFailed: 1,
    });
    expect((await live()).status).toBe(200);
  });

  it('says of a subscription that has never started just that, and no lag', async () => {
    const { store } = await start(nothing, { workers: false });
    await append(store, 5);
    const { code, report } = await full();
    expect([code, report.status]).toEqual([200, 'degraded']);
    expect(report.subscriptions[0]).toMatchObject({ status: 'degraded', state: 'not_started', owner: [] });
    expect(report.subscriptions[0]).not.toHaveProperty('lagEvents');
    expect((await ready()).body.reason).toBe("subscription 'noted' has not started");
  });

  it('says no from the moment on that the app is told to end, and stays alive', async () => {
    const { drain } = await start(nothing, { health: { cacheMs: 200 } });
    await eventually(ready, ({ status }) => status === 200);
    const ending = drain.requestShutdown('a test');
    const { status, body } = await ready();
    expect([status, body.reason]).toEqual([503, 'the app is shutting down']);
    // Said without asking the database.
    expect(body.details).toEqual({ phase: expect.any(String) });
    await ending;
    expect((await ready()).status).toBe(503);
    expect(await full()).toMatchObject({ code: 503, report: { running: false, status: 'unhealthy' } });
    expect((await live()).status).toBe(200);
  });

  it('goes down with a loop that is dead, and stays up while loops only rest', async () => {
    const stuck = Promise.withResolvers<void>();
    const { store } = await start(async () => stuck.promise, {
      health: { loopTimeoutMs: 1_500 },
      subscriptions: { minPollIntervalMs: 3_000, maxPollIntervalMs: 3_000 },
    });
    const until = performance.now() + 2_500;
    await eventually(async () => {
      expect((await live()).status).toBe(200);
      return performance.now() > until;
    });
    await append(store, 1);
    const dead = await eventually(live, ({ status }) => status === 503);
    expect(dead.body).toMatchObject({ alive: false, reason: 'loops give no sign of life: noted/0' });
    stuck.resolve();
    await eventually(live, ({ status }) => status === 200);
  });

  it('makes one report for many who ask, for as long as cacheMs says', async () => {
    await start(nothing, { health: { cacheMs: 600_000 } });
    const answers = await Promise.all(Array.from({ length: 20 }, full));
    expect(new Set(answers.map(({ report }) => report.timestamp)).size).toBe(1);
    expect((await full()).report.timestamp).toBe(answers[0]!.report.timestamp);
    await close();
    await start(nothing);
    const [one, two] = [await full(), await full()];
    expect(two.report.timestamp).not.toBe(one.report.timestamp);
  });

  it('waits no longer than reportTimeoutMs for a database that is busy', async () => {
    await start(nothing, { health: { reportTimeoutMs: 200 }, workers: false });
    const runner = database().createQueryRunner();
    await runner.connect();
    await runner.startTransaction();
    await runner.query('lock table tidemark.migrations in access exclusive mode');
    const { status, body } = await ready();
    await runner.rollbackTransaction();
    await runner.release();
    expect(status).toBe(503);
    expect(body.reason).toBe('the database does not answer: not within 200 ms');
    await eventually(ready, (answer) => answer.status === 200);
  });
});
