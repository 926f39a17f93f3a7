import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { EventStore, ShutdownDrain, SubscriptionManager } from '@tidemark/event-sourcing';
import type pg from 'pg';
import { DataSource } from 'typeorm';
import { type RunningOrders, startOrders } from '../../apps/orders/src/bootstrap.js';
import { OrderCancelled } from '../../apps/orders/src/orders/domain/order-cancelled.event.js';
import { type Scrape, scrape, scrapeUntil, withValue } from '../support/metrics-scrape.js';
import { OrdersClient } from '../support/orders-client.js';
import { spawnOrders } from '../support/orders-process.js';
import { AlertWatch, readAlertRules } from '../support/promql/alert-rules.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

const RULES = readAlertRules('docker/prometheus/alerts.yml');
const QUARTER = 15 * 60;
const subscription = 'order-summary';
const parked = { subscription, state: 'parked' };

/**
 * Real answers of the sample app's `/metrics` in each situation, held for a while in a time of the test's own, and the rules
 * looked at beside them. Where only a size or an age is missing, that one value is put in.
 */
describe('the alerts', () => {
  const fired = new Set<string>();
  let database: TestDatabase;
  let client: pg.Client;
  let running: RunningOrders;
  let orders: OrdersClient;
  let healthy: Scrape;

  beforeAll(async () => {
    database = await createTestDatabase();
    client = await database.client();
    const store = { kind: 'external', url: database.url } as const;
    running = await startOrders({ port: 0, store, readModelTimeoutMs: 15_000, logLevel: 'fatal' });
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

  const until = (holds: (answer: Scrape) => boolean): Promise<Scrape> => scrapeUntil(running.url, holds);
  const settled = (): Promise<Scrape> =>
    until(
      (one) =>
        one.value('subscription_state', { subscription, state: 'live' }) === 1 &&
        one.value('subscription_lag_events', { subscription }) === 0,
    );
  /** Alerts after the app has been well, and has then answered this for so long. */
  const after = (seconds: number, answer: Scrape | undefined): readonly string[] => {
    const names = new AlertWatch(RULES).stay(QUARTER, { a: healthy }).stay(seconds, { a: answer }).firing();
    for (const name of names) fired.add(name);
    return names;
  };
  const refuse = (): Promise<unknown> =>
    client.query(`
      create or replace function refuse() returns trigger language plpgsql as
        $$ begin raise exception 'refused' using errcode = '23514'; end $$;
      create or replace trigger refusing before insert on order_summaries for each row execute function refuse()`);

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
    expect(after(10 * 60, young)).toEqual([]);
    expect(after(QUARTER, young)).toEqual(['TidemarkSubscriptionStuck']);
    const warned = ['TidemarkLagEvents', 'TidemarkLagSeconds'];
    const late = withValue(withValue(healthy, 'subscription_lag_seconds', 61), 'subscription_lag_events', 1_001);
    expect(after(660, moving(late))).toEqual(expect.arrayContaining(warned));
    const later = withValue(withValue(healthy, 'subscription_lag_seconds', 301), 'subscription_lag_events', 10_001);
    expect(after(660, moving(later))).toEqual(
      expect.arrayContaining([...warned, 'TidemarkLagEventsHigh', 'TidemarkLagSecondsHigh']),
    );
    await client.query('rollback');
    await settled();
  });

  // What a position is does not matter to the alerts of lags.
  const moving = (answer: Scrape): Scrape => answer;

  it('tell of a transaction that holds the feed', async () => {
    await running.app.get(DataSource).transaction(async (manager) => {
      await running.app.get(EventStore).append(`order-${randomUUID()}`, [new OrderCancelled('slow')], { manager });
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
    const full = await until((one) => one.value('feed_head_position') === undefined);
    expect(after(60, full)).toEqual([]);
    expect(after(135, full)).toEqual(['TidemarkDatabaseSilent', 'TidemarkPoolExhausted']);
    await Promise.all(runners.map((runner) => runner.release()));
    await settled();
  });

  it('tell of conflicts and of appends that fail', async () => {
    const store = running.app.get(EventStore);
    const { body } = await orders.place();
    const append = (expectedVersion: number): Promise<unknown> =>
      store.append(`order-${body.id}`, [new OrderCancelled('late')], { expectedVersion });
    const before = await scrape(running.url);
    for (let n = 0; n < 200; n++) await expect(append(7)).rejects.toMatchObject({ code: 'CONCURRENCY' });
    const conflicts = await scrape(running.url);
    const watch = new AlertWatch(RULES).stay(QUARTER, { a: before });
    // 200 within 5 minutes, again and again.
    const rising = Array.from({ length: 6 }, (_, n) => withValue(conflicts, 'append_conflicts_total', 200 * (n + 1)));
    for (const answer of rising) watch.stay(120, { a: answer });
    for (const name of watch.firing()) fired.add(name);
    expect(watch.firing()).toEqual(['TidemarkAppendConflicts']);

    await client.query(`create function refuse_stream() returns trigger language plpgsql as
      $$ begin raise exception 'refused' using errcode = '23514'; end $$`);
    await client.query(`create trigger refusing before insert on tidemark.streams for each row
      execute function refuse_stream()`);
    const fail = (): Promise<unknown> => store.append(`order-${randomUUID()}`, [new OrderCancelled('a')]);
    await expect(fail()).rejects.toThrow('refused');
    const first = await scrape(running.url);
    for (let n = 0; n < 20; n++) await expect(fail()).rejects.toThrow('refused');
    const last = await scrape(running.url);
    await client.query('drop trigger refusing on tidemark.streams');
    const failing = new AlertWatch(RULES).stay(QUARTER, { a: first }).stay(150, { a: last }).firing();
    for (const name of failing) fired.add(name);
    expect(failing).toEqual(['TidemarkAppendsFail']);
    await settled();
  });

  it('tell of dead letters, of many and of old ones, and of an open circuit', async () => {
    await refuse();
    for (let n = 0; n < 5; n++) await orders.place();
    const open = await until((one) => one.value('circuit_breaker_state', { subscription, state: 'open' }) === 1);
    expect(open.value('dead_letters', parked)).toBe(5);
    expect(after(200, open)).toEqual(['TidemarkCircuitOpen']);
    expect(after(330, open)).toEqual(expect.arrayContaining(['TidemarkCircuitOpen', 'TidemarkDeadLetters']));
    // Half open for a moment does not end it.
    const halfOpen = withValue(open, 'circuit_breaker_state', 0);
    const watch = new AlertWatch(RULES).stay(200, { a: open }).stay(30, { a: halfOpen });
    expect(watch.firing()).toContain('TidemarkCircuitOpen');
    const many = new Scrape2(open).with(/(tidemark_dead_letters\{.*state="parked"\}) 5$/m, '$1 11');
    expect(after(90, many)).toEqual(expect.arrayContaining(['TidemarkDeadLettersGrow']));
    expect(after(360, withValue(open, 'dead_letter_oldest_age_seconds', 86_401))).toContain('TidemarkDeadLettersOld');
  });
});
