import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { EventStore, ShutdownDrain, SubscriptionManager } from '@tidemark/event-sourcing';
import type pg from 'pg';
import { DataSource } from 'typeorm';
import { type RunningApp, startApp } from '../../apps/orders/src/bootstrap.js';
import { OrderCancelled } from '../../apps/orders/src/orders/domain/order-cancelled.event.js';
import { eventually } from '../support/eventually.js';
import { Scrape, scrape, scrapeUntil, withValue } from '../support/metrics-scrape.js';
import { OrdersClient } from '../support/orders-client.js';
import { spawnOrders } from '../support/orders-process.js';
import { AlertWatch, readAlertRules } from '../support/promql/alert-rules.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

const RULES = readAlertRules('docker/prometheus/alerts.yml');
const QUARTER = 15 * 60;
const subscription = 'order-summary';

/**
 * Real answers of the sample app's `/metrics` in each situation, held for a while in a time of the test's own, and the rules
 * looked at beside them. Where only a size or an age is missing, that one value is put in.
 */
describe('the alerts', () => {
  const fired = new Set<string>();
  let database: TestDatabase;
  let client: pg.Client;
  let running: RunningApp;
  let orders: OrdersClient;
  let healthy: Scrape;

  beforeAll(async () => {
    database = await createTestDatabase();
    client = await database.client();
    const store = { kind: 'external', url: database.url } as const;
    running = await startApp({ port: 0, store, readModelTimeoutMs: 15_000, logLevel: 'fatal' });
    orders = new OrdersClient(running.url);
    await orders.place();
    healthy = await settled();
  });

  afterAll(async () => {
    await client.end();
    await running.close();
    await database.drop();
  });

  // No situation is left to the next test.
  afterEach(async () => {
    await client.query('rollback');
    await client.query('drop trigger if exists refusing on order_summaries');
  });

  const ask = async (): Promise<Scrape> => calm(await scrape(running.url));
  const until = async (holds: (answer: Scrape) => boolean): Promise<Scrape> =>
    calm(await scrapeUntil(running.url, holds));
  const settled = (): Promise<Scrape> =>
    until(
      (one) =>
        one.value('subscription_state', { subscription, state: 'live' }) === 1 &&
        one.value('subscription_lag_events', { subscription }) === 0,
    );
  /** Alerts after the app has been well, and has then answered this for so long. */
  const after = (seconds: number, answer: Scrape | undefined): readonly string[] =>
    noted(new AlertWatch(RULES).stay(QUARTER, { a: healthy }).stay(seconds, { a: answer }).firing());
  /** The same of several answers, two minutes each. */
  const afterEachOf = (answers: readonly Scrape[]): readonly string[] => {
    const watch = new AlertWatch(RULES).stay(QUARTER, { a: answers[0] });
    for (const answer of answers) watch.stay(120, { a: answer });
    return noted(watch.firing());
  };
  const noted = (names: readonly string[]): readonly string[] => {
    for (const name of names) fired.add(name);
    return names;
  };
  const store = (): EventStore => running.app.get(EventStore);
  const refuseOn = (table: string): Promise<unknown> =>
    client.query(`
      create or replace function refuse() returns trigger language plpgsql as
        $$ begin raise exception 'refused' using errcode = '23514'; end $$;
      create or replace trigger refusing before insert on ${table} for each row execute function refuse()`);

  it('are silent while all is well, and after a normal end', () => {
    expect(after(2 * QUARTER, healthy)).toEqual([]);
    const ending = withValue(healthy, 'shutdown_initiated_total', 1);
    const watch = new AlertWatch(RULES).stay(QUARTER, { a: healthy, b: healthy }).stay(15, { a: healthy, b: ending });
    expect(watch.stay(QUARTER, { a: healthy }).firing()).toEqual([]);
  });

  it('tell of a process that does not answer, and of none that does', () => {
    expect(after(60, undefined)).toEqual([]);
    expect(after(75, undefined)).toEqual(['TidemarkNoProcess', 'TidemarkProcessDown']);
    const one = new AlertWatch(RULES).stay(QUARTER, { a: healthy, b: healthy }).stay(120, { a: healthy, b: undefined });
    expect(one.firing()).toEqual(['TidemarkProcessDown']);
  });

  it('tell of a stuck handler, of many events behind and of old ones', async () => {
    await client.query('begin; lock table order_summaries in access exclusive mode');
    await orders.place();
    const stuck = await until((one) => one.value('subscription_lag_events', { subscription }) === 1);
    const young = withValue(stuck, 'subscription_lag_seconds', 60);
    expect(after(5 * 60, young)).toEqual([]);
    expect(after(6 * 60, young)).toEqual(['TidemarkSubscriptionStuck']);
    const warned = ['TidemarkLagEvents', 'TidemarkLagSeconds'];
    const late = withValue(withValue(healthy, 'subscription_lag_seconds', 61), 'subscription_lag_events', 1_001);
    expect(after(660, late)).toEqual(expect.arrayContaining(warned));
    const later = withValue(withValue(healthy, 'subscription_lag_seconds', 301), 'subscription_lag_events', 10_001);
    expect(after(660, later)).toEqual(
      expect.arrayContaining([...warned, 'TidemarkLagEventsHigh', 'TidemarkLagSecondsHigh']),
    );
    await client.query('rollback');
    await settled();
  });

  it('tell of a transaction that holds the feed', async () => {
    const { body } = await orders.place();
    await settled();
    await running.app.get(DataSource).transaction(async (manager) => {
      await running.app.get(EventStore).append(`order-${body.id}`, [new OrderCancelled('slow')], { manager });
      const held = await until((one) => (one.value('feed_horizon_age_seconds') ?? 0) > 0.05);
      expect(after(300, withValue(held, 'feed_horizon_age_seconds', 60))).toEqual([]);
      expect(after(120, withValue(held, 'feed_horizon_age_seconds', 61))).toEqual(['TidemarkFeedHeld']);
      const long = withValue(held, 'feed_horizon_age_seconds', 301);
      expect(after(120, long)).toEqual(['TidemarkFeedHeld', 'TidemarkFeedHeldLong']);
    });
    await settled();
  });

  it('tell of a full pool', async () => {
    const dataSource = running.app.get(DataSource);
    const runners = Array.from({ length: 10 }, () => dataSource.createQueryRunner());
    await Promise.all(runners.map((runner) => runner.connect()));
    try {
      const full = await until((one) => one.value('feed_head_position') === undefined);
      expect(after(60, full)).toEqual([]);
      expect(after(135, full)).toEqual(['TidemarkDatabaseSilent', 'TidemarkPoolExhausted']);
    } finally {
      await Promise.all(runners.map((runner) => runner.release()));
    }
    await settled();
  });

  it('tell of conflicts', async () => {
    const { body } = await orders.place();
    const append = { expectedVersion: 7 };
    const late = (): Promise<unknown> => store().append(`order-${body.id}`, [new OrderCancelled('late')], append);
    await expect(late()).rejects.toMatchObject({ code: 'CONCURRENCY' });
    const conflict = await ask();
    const count = conflict.value('append_conflicts_total')!;
    // So many within two minutes, again and again, and next to no other append.
    const rising = (each: number): readonly Scrape[] =>
      Array.from({ length: 6 }, (_, n) => withValue(conflict, 'append_conflicts_total', count + each * n));
    expect(afterEachOf(rising(120))).toEqual(['TidemarkAppendConflicts']);
    expect(afterEachOf(rising(50))).toEqual([]);
  });

  it('tell of appends that fail', async () => {
    const fail = (): Promise<unknown> => store().append(`order-${randomUUID()}`, [new OrderCancelled('a')]);
    await refuseOn('tidemark.streams');
    await expect(fail()).rejects.toThrow('refused');
    const first = await ask();
    for (let n = 0; n < 20; n++) await expect(fail()).rejects.toThrow('refused');
    const last = await ask();
    await client.query('drop trigger refusing on tidemark.streams');
    const failing = new AlertWatch(RULES).stay(QUARTER, { a: first }).stay(150, { a: last });
    expect(noted(failing.firing())).toEqual(['TidemarkAppendsFail']);
  });

  it('tell of appends that are slow', async () => {
    const before = await settled();
    await client.query('begin; lock table tidemark.streams in access exclusive mode');
    const [asked, placed] = [performance.now(), orders.place()];
    await eventually(() => performance.now() - asked > 1_500);
    await client.query('rollback');
    await placed;
    const slow = await settled();
    const duration = 'append_duration_seconds_bucket';
    const appended = slow.samples.filter(
      ({ name, labels }) => name === `tidemark_${duration}` && labels['le'] === '+Inf',
    );
    expect(appended.length).toBeGreaterThan(0);
    // One such after the other.
    const watch = new AlertWatch(RULES).stay(QUARTER, { a: before });
    for (let n = 1; n <= 8; n++) watch.stay(120, { a: times(before, slow, n) });
    expect(noted(watch.firing())).toEqual(['TidemarkAppendsSlow']);
  });

  it('tell of an event loop that is blocked, and of partitions that move because of it', () => {
    const blocked = new Scrape(healthy.text.replace(/^(nodejs_eventloop_lag_p99_seconds) .*$/m, '$1 0.5'));
    expect(after(330, blocked)).toEqual(['TidemarkEventLoopBlocked']);
    const line = `tidemark_subscription_rebalances_total{subscription="${subscription}",change="lost"}`;
    const lost = [1, 3, 5, 6].map((count) => new Scrape(`${healthy.text}\n${line} ${count}`));
    expect(afterEachOf(lost)).toEqual(['TidemarkPartitionsMove']);
  });

  it('tell of a subscription that tries again, and of one that is paused', async () => {
    const live = { subscription, state: 'live' };
    const retrying = withValue(withValue(healthy, 'subscription_state', 0, live), 'subscription_state', 1, {
      ...live,
      state: 'retrying',
    });
    expect(after(660, retrying)).toEqual(['TidemarkSubscriptionRetrying']);

    const manager = running.app.get(SubscriptionManager);
    await manager.pause(subscription, 'to see it');
    await orders.place();
    const paused = await until((one) => one.value('subscription_state', { subscription, state: 'paused' }) === 1);
    expect(after(59 * 60, withValue(paused, 'subscription_lag_seconds', 1))).toEqual([]);
    expect(after(61 * 60, withValue(paused, 'subscription_lag_seconds', 1))).toEqual(['TidemarkSubscriptionPaused']);
    await manager.resume(subscription);
    await settled();
  });

  it('tell of dead letters, of many and of old ones, and of an open circuit', async () => {
    await refuseOn('order_summaries');
    for (let n = 0; n < 5; n++) await orders.place();
    const parked = { subscription, state: 'parked' };
    const open = await until(
      (one) =>
        one.value('circuit_breaker_state', { subscription, state: 'open' }) === 1 &&
        one.value('dead_letters', parked) === 5,
    );
    expect(after(120, open)).toEqual(['TidemarkCircuitOpen']);
    expect(after(330, open)).toEqual(['TidemarkCircuitOpen', 'TidemarkDeadLetters']);
    // Half open for a moment does not end it.
    const halfOpen = withValue(open, 'circuit_breaker_state', 0);
    expect(new AlertWatch(RULES).stay(200, { a: open }).stay(30, { a: halfOpen }).firing()).toContain(
      'TidemarkCircuitOpen',
    );
    expect(after(90, withValue(open, 'dead_letters', 10, parked))).not.toContain('TidemarkDeadLettersGrow');
    expect(after(90, withValue(open, 'dead_letters', 11, parked))).toContain('TidemarkDeadLettersGrow');
    expect(after(360, withValue(open, 'dead_letter_oldest_age_seconds', 86_401))).toContain('TidemarkDeadLettersOld');
  });

  it('tell of a subscription that has failed', async () => {
    const manager = running.app.get(SubscriptionManager);
    await manager.pause(subscription, 'to see it');
    await until((one) => one.value('subscription_state', { subscription, state: 'paused' }) === 1);
    await client.query('update tidemark.checkpoints set position = 1000000');
    await manager.resume(subscription);
    const failed = await until((one) => one.value('subscription_state', { subscription, state: 'failed' }) === 1);
    expect(after(60, failed)).toContain('TidemarkSubscriptionFailed');
  });

  it('tell of a process that is told to end and does not, and of processes of which none works', async () => {
    await running.app.get(ShutdownDrain).requestShutdown('to see it');
    const ending = await ask();
    expect(ending.value('shutdown_initiated_total')).toBe(1);
    expect(after(60, ending)).toContain('TidemarkShutdownForced');
    const cut = new Scrape(ending.text.replaceAll('outcome="stopped"', 'outcome="forced"'));
    const gone = new AlertWatch(RULES).stay(15, { a: cut, b: healthy }).stay(120, { b: healthy });
    expect(gone.firing()).toEqual(['TidemarkShutdownForced']);

    const web = spawnOrders({ DATABASE_URL: database.url, WORKERS: 'false' });
    try {
      const webOnly = calm(await scrape(await web.url));
      expect(webOnly.value('subscription_partitions', { subscription })).toBe(1);
      const standing = ['TidemarkPartitionsUnowned', 'TidemarkSubscriptionStopped'];
      const now = new AlertWatch(RULES).stay(150, { web: webOnly }).firing();
      expect(noted(now)).toEqual(expect.arrayContaining(standing));
      // Beside a process that works it is as it should be.
      const both = new AlertWatch(RULES).stay(150, { web: webOnly, worker: healthy }).firing();
      for (const name of standing) expect(both).not.toContain(name);
    } finally {
      web.signal('SIGTERM');
      await web.exited;
    }
  });

  it('have all been seen to fire', () => {
    expect([...fired].sort()).toEqual(RULES.map(({ alert }) => alert).sort());
  });
});

/** The answer of a machine that has nothing else to do: the event loop of a busy one is blocked indeed. */
function calm(answer: Scrape): Scrape {
  return new Scrape(answer.text.replace(/^(nodejs_eventloop_lag_p99_seconds) .*$/m, '$1 0.01'));
}

/** An answer whose counters have gone on from the first to the second as often as said. */
function times(from: Scrape, to: Scrape, count: number): Scrape {
  const before = new Map(
    from.text.split('\n').map((line) => [line.replace(/ \S+$/, ''), Number(line.split(' ').at(-1))]),
  );
  const lines = to.text.split('\n').map((line) => {
    const [series, value] = [line.replace(/ \S+$/, ''), Number(line.split(' ').at(-1))];
    const start = before.get(series) ?? 0;
    return /_(bucket|count)(\{|$)/.test(series) ? `${series} ${start + count * (value - start)}` : line;
  });
  return new Scrape(lines.join('\n'));
}
