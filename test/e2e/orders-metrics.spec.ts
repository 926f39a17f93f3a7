import { randomUUID } from 'node:crypto';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { DeadLetterQueue, EventStore, ShutdownDrain, SubscriptionManager } from '@tidemark/event-sourcing';
import { readFile } from 'node:fs/promises';
import type pg from 'pg';
import { DataSource } from 'typeorm';
import { type RunningApp, startApp } from '../../apps/orders/src/bootstrap.js';
import { OrderCancelled } from '../../apps/orders/src/orders/domain/order-cancelled.event.js';
import { eventually } from '../support/eventually.js';
import { waiterForTable } from '../support/lock-waiters.js';
import { OrdersClient, seeing } from '../support/orders-client.js';
import { type Scrape, scrape, scrapeUntil } from '../support/metrics-scrape.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

const subscription = 'order-summary';
const ROW = /^\| `(tidemark_\w+)` +\| (\w+) +\| (.*?) \| (.*?) +\| (.*?) +\|$/gm;

/** The sample app over HTTP: every metric is there, and moves when what it counts happens. */
describe('the metrics of the orders app', () => {
  let database: TestDatabase;
  let client: pg.Client;
  let running: RunningApp;
  let orders: OrdersClient;
  let told: readonly { readonly name: string; readonly type: string; readonly labels: readonly string[] }[];

  beforeAll(async () => {
    const page = await readFile('docs/operations/metrics.md', 'utf8');
    told = [...page.matchAll(ROW)].map(([, name = '', type = '', labels = '']) => ({
      name,
      type,
      labels: [...labels.matchAll(/`(\w+)`/g)].map(([, label = '']) => label).sort(),
    }));
  });

  beforeEach(async () => {
    database = await createTestDatabase();
    client = await database.client();
    const store = { kind: 'external', url: database.url } as const;
    running = await startApp({ port: 0, store, readModelTimeoutMs: 15_000, logLevel: 'fatal' });
    orders = new OrdersClient(running.url);
  });

  // Whatever a test has made move, it has the labels that are told, and no other.
  afterEach(async () => {
    const answer = await scrape(running.url);
    const shown = told.map(({ name, labels }) => ({ name, labels, shown: answer.labelsOf(name) }));
    for (const one of shown) if (one.shown.length > 0) expect({ ...one, shown: one.labels }).toEqual(one);
  });

  afterEach(async () => {
    await client.end();
    await running.close();
    await database.drop();
  });

  const until = (holds: (answer: Scrape) => boolean): Promise<Scrape> => scrapeUntil(running.url, holds);
  const refuse = (sqlstate: string): Promise<unknown> =>
    client.query(`
      create or replace function refuse() returns trigger language plpgsql as
        $$ begin raise exception 'refused' using errcode = '${sqlstate}'; end $$;
      create or replace trigger refusing before insert on order_summaries for each row execute function refuse()`);
  const allow = (): Promise<unknown> => client.query('drop trigger refusing on order_summaries');

  it('are those that the documentation has, with the same types, and no other', async () => {
    const real = (await scrape(running.url)).metrics().map(({ name, type }) => `${name} ${type}`);
    expect(told.map(({ name, type }) => `${name} ${type}`).sort()).toEqual(real.sort());
    expect(told).toHaveLength(33);
  });

  it('say what they are and in which unit', async () => {
    for (const { name, help, type } of (await scrape(running.url)).metrics()) {
      expect([name, help.length > 20]).toEqual([name, true]);
      if (name.includes('_seconds')) expect([name, /second/.test(help)]).toEqual([name, true]);
      expect([name, name.endsWith('_total')]).toEqual([name, type === 'counter']);
    }
  });

  it('count appends, loads, reads and conflicts', async () => {
    const before = await scrape(running.url);
    expect(before.value('append_conflicts_total')).toBe(0);
    const placed = await orders.place();
    await orders.ship(placed.body.id);
    await orders.history(placed.body.id);
    const conflicting = running.app
      .get(EventStore)
      .append(`order-${placed.body.id}`, [new OrderCancelled('late')], { expectedVersion: 1 });
    await expect(conflicting).rejects.toMatchObject({ code: 'CONCURRENCY' });
    const id = randomUUID();
    await running.app.get(EventStore).appendToStreams([
      { streamId: `order-${id}`, events: [new OrderCancelled('a'), new OrderCancelled('b')] },
      { streamId: `order-${randomUUID()}`, events: [new OrderCancelled('c')] },
    ]);
    const after = await scrape(running.url);
    expect(after.value('events_appended_total', { type: 'order.placed' })).toBe(1);
    expect(after.value('events_appended_total', { type: 'order.shipped' })).toBe(1);
    expect(after.value('events_appended_total', { type: 'order.cancelled' })).toBe(3);
    expect(after.value('append_duration_seconds_count', { outcome: 'appended' })).toBe(3);
    expect(after.value('append_duration_seconds_count', { outcome: 'conflict' })).toBe(1);
    expect(after.value('append_batch_size_count')).toBe(4);
    expect(after.value('append_batch_size_sum')).toBe(5);
    expect(after.value('append_conflicts_total')).toBe(1);
    expect(after.value('read_duration_seconds_count', { of: 'stream' })).toBeGreaterThanOrEqual(2);
    expect(after.value('aggregate_load_seconds_count', { category: 'order' })).toBeGreaterThanOrEqual(1);
    for (const text of [placed.body.id, id]) expect(after.text).not.toContain(text);
  });

  it('follow the events through the projection', async () => {
    const placed = await orders.place();
    await orders.list('limit=1', seeing(placed));
    const last = Number(placed.headers.get('x-tidemark-position'));
    const after = await until((one) => one.value('subscription_position', { subscription }) === last);
    expect(after.value('subscription_events_processed_total', { subscription })).toBe(1);
    expect(after.value('subscription_batch_duration_seconds_count', { subscription })).toBe(1);
    expect(after.value('subscription_event_latency_seconds_count', { subscription })).toBe(1);
    expect(after.value('feed_head_position')).toBe(last);
    expect(after.value('feed_horizon_position')).toBe(last);
    expect(after.value('feed_horizon_age_seconds')).toBe(0);
    expect(after.value('subscription_lag_events', { subscription })).toBe(0);
    expect(after.value('subscription_lag_seconds', { subscription })).toBe(0);
    expect(after.value('subscription_state', { subscription, state: 'live' })).toBe(1);
    expect(after.value('subscription_state', { subscription })).toBe(1);
    expect(after.value('subscription_in_flight', { subscription })).toBe(0);
    expect(after.value('subscription_partitions', { subscription })).toBe(1);
    expect(after.value('subscription_partitions_owned', { subscription })).toBe(1);
    expect(after.value('subscription_rebalances_total', { subscription, change: 'acquired' })).toBe(1);
  });

  it('show what a stuck handler keeps waiting', async () => {
    await client.query('begin; lock table order_summaries in access exclusive mode');
    const placed = await orders.place();
    await orders.ship(placed.body.id);
    await until(
      (one) =>
        one.value('subscription_lag_events', { subscription }) === 2 &&
        (one.value('subscription_lag_seconds', { subscription }) ?? 0) > 0.05,
    );
    // The handler may only now come to them.
    await until(
      (one) =>
        (one.value('subscription_in_flight', { subscription }) ?? 0) >= 1 &&
        (one.value('pool_connections', { state: 'busy' }) ?? 0) >= 1,
    );
    await client.query('rollback');
    await until((one) => one.value('subscription_lag_events', { subscription }) === 0);
  });

  it('show what an open transaction holds back', async () => {
    await running.app.get(DataSource).transaction(async (manager) => {
      const events = [new OrderCancelled('slow')];
      await running.app.get(EventStore).append(`order-${randomUUID()}`, events, { manager });
      const held = await until((one) => (one.value('feed_horizon_age_seconds') ?? 0) > 0.05);
      expect(held.value('feed_horizon_position')).toBeLessThan(held.value('feed_head_position') ?? 0);
    });
    await until((one) => one.value('feed_horizon_age_seconds') === 0);
  });

  it('show a full pool, and do not wait for it', async () => {
    const dataSource = running.app.get(DataSource);
    const runners = Array.from({ length: 10 }, () => dataSource.createQueryRunner());
    await Promise.all(runners.map((runner) => runner.connect()));
    const full = await until((one) => one.value('feed_head_position') === undefined);
    expect(full.value('pool_connections', { state: 'busy' })).toBe(10);
    expect(full.value('pool_waiting')).toBeGreaterThanOrEqual(1);
    expect(full.value('subscription_state', { subscription })).toBe(1);
    await Promise.all(runners.map((runner) => runner.release()));
    await until((one) => one.value('feed_head_position') !== undefined && one.value('pool_waiting') === 0);
  });

  it('count tries that fail, and the dead letter that comes of it until it is redriven', async () => {
    await refuse('40001');
    await orders.place();
    const retried = await until((one) => (one.value('subscription_retries_total', { subscription }) ?? 0) > 0);
    expect(retried.value('subscription_events_failed_total', { subscription, category: 'transient' })).toBeGreaterThan(
      0,
    );
    await refuse('23514');
    const parked = await until((one) => one.value('dead_letters', { subscription, state: 'parked' }) === 1);
    expect(parked.value('dead_letters_total', { subscription, reason: 'failed' })).toBe(1);
    expect(parked.value('subscription_events_failed_total', { category: 'permanent' })).toBeGreaterThan(0);
    await until((one) => (one.value('dead_letter_oldest_age_seconds', { subscription }) ?? 0) > 0);
    await allow();
    await running.app.get(DeadLetterQueue).redrive({ subscription });
    const resolved = await until((one) => one.value('dead_letters', { subscription, state: 'resolved' }) === 1);
    expect(resolved.value('dead_letters', { subscription, state: 'parked' })).toBe(0);
    expect(resolved.value('dead_letter_oldest_age_seconds', { subscription })).toBe(0);
  });

  it('show the breaker when events in a row are given up', async () => {
    const closed = await scrape(running.url);
    expect(closed.value('circuit_breaker_state', { subscription, state: 'closed' })).toBe(1);
    await refuse('23514');
    for (let n = 0; n < 5; n++) await orders.place();
    const open = await until((one) => one.value('circuit_breaker_state', { subscription, state: 'open' }) === 1);
    expect(open.value('circuit_breaker_state', { subscription })).toBe(1);
    expect(open.value('dead_letters_total', { subscription })).toBe(5);
  });

  it('show a pause, and partitions that go to another process', async () => {
    await until((one) => one.value('subscription_state', { subscription, state: 'live' }) === 1);
    await running.app.get(SubscriptionManager).pause(subscription, 'to see it');
    const paused = await until((one) => one.value('subscription_state', { subscription, state: 'paused' }) === 1);
    expect(paused.value('subscription_partitions_owned', { subscription })).toBe(0);
    expect(paused.value('subscription_rebalances_total', { subscription, change: 'released' })).toBe(1);
    const placed = await orders.place();
    const last = Number(placed.headers.get('x-tidemark-position'));
    await until((one) => one.value('subscription_lag_events', { subscription }) === 1);
    await running.app.get(SubscriptionManager).resume(subscription);
    await until((one) => one.value('subscription_position', { subscription }) === last);
  });

  it('show that the process ends, and what was cut short', async () => {
    expect((await scrape(running.url)).value('shutdown_initiated_total')).toBe(0);
    await client.query('begin; lock table order_summaries in access exclusive mode');
    await orders.place();
    await waiterForTable(client, 'order_summaries');
    await until((one) => (one.value('subscription_in_flight', { subscription }) ?? 0) >= 1);
    const drain = running.app.get(ShutdownDrain);
    const ended = drain.requestShutdown('to see it');
    const ending = await scrape(running.url);
    expect(ending.value('shutdown_initiated_total')).toBe(1);
    expect(ending.value('shutdown_duration_seconds_count')).toBeUndefined();
    await eventually(() => drain.phase === 'draining');
    drain.force();
    await client.query('rollback');
    await expect(ended).resolves.toMatchObject({ forced: true, eventsNotDrained: 1 });
    const forced = await scrape(running.url);
    expect(forced.value('shutdown_initiated_total')).toBe(1);
    expect(forced.value('shutdown_duration_seconds_count', { outcome: 'forced' })).toBe(1);
    expect(forced.value('shutdown_events_drained_total', { outcome: 'rolled_back' })).toBe(1);
    expect(forced.value('shutdown_events_drained_total', { outcome: 'drained' })).toBe(0);
  });

  it('have those of the process beside them', async () => {
    const names = (await scrape(running.url)).metrics(true).map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(['nodejs_eventloop_lag_seconds', 'process_cpu_seconds_total']));
  });
});
