import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { NestFactory } from '@nestjs/core';
import { getDataSourceToken } from '@nestjs/typeorm';
import {
  BATCH_FAILED,
  DEAD_LETTER_PARKED,
  type ErrorInfo,
  EventSourcingModule,
  EventStore,
  Instrumentation,
  SubscriptionManager,
} from '@tidemark/event-sourcing';
import type { DataSource } from 'typeorm';
import { eventually } from '../support/eventually.js';
import {
  noteSeen,
  type ObservedApp,
  SEEN_TABLE,
  seenBy,
  startObservedApp,
  subscriptionOf,
} from '../support/observed-app.js';
import { Counted } from '../support/postgres-store.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

describe('two apps in one process', () => {
  async function start(name: string) {
    const failing = subscriptionOf('subscriber', name, Counted, () => Promise.reject(new Error(name)));
    const app = await NestFactory.createApplicationContext(
      {
        module: class App {},
        imports: [
          EventSourcingModule.forRoot({ store: 'memory', subscriptions: { maxRetries: 0 } }),
          EventSourcingModule.forFeature({ events: [Counted], subscribers: [failing] }),
        ],
      },
      { logger: false },
    );
    const told: ErrorInfo[] = [];
    app.get(SubscriptionManager).onError((info) => told.push(info));
    return { app, told };
  }

  it('do not hear each other, and one that is closed hears nothing', async () => {
    const [left, right] = await Promise.all([start('left'), start('right')]);
    await left.app.get(EventStore).append('s-1', [new Counted(0, 0)]);
    await eventually(() => left.told.length === 1);
    expect(right.told).toEqual([]);
    expect(right.app.get(SubscriptionManager).getErrorStats()).toMatchObject({ totalErrors: 0 });
    const instrumentation = left.app.get(Instrumentation);
    const signals = [BATCH_FAILED, DEAD_LETTER_PARKED];
    expect(signals.map((signal) => instrumentation.hasListeners(signal))).toEqual([true, true]);
    await left.app.close();
    expect(signals.map((signal) => instrumentation.hasListeners(signal))).toEqual([false, false]);
    expect(left.app.get(SubscriptionManager).getErrorStats()).toMatchObject({ totalErrors: 1, totalDeadLetters: 1 });
    await right.app.get(EventStore).append('s-1', [new Counted(0, 0)]);
    await eventually(() => right.told.length === 1);
    expect(left.told.map(({ subscription }) => subscription)).toEqual(['left']);
    expect(right.told.map(({ subscription }) => subscription)).toEqual(['right']);
    await right.app.close();
  });
});

describe('failures that no handler is to blame for', () => {
  let database: TestDatabase;
  let dataSource: DataSource;
  let one: ObservedApp;

  beforeEach(async () => {
    database = await createTestDatabase();
    const client = await database.client();
    await client.query(SEEN_TABLE);
    await client.end();
  });

  afterEach(async () => {
    await one.app.close();
    await database.drop();
  });

  async function start(poison: () => boolean, maxRetries = 0): Promise<void> {
    const victim = subscriptionOf('projection', 'victim', Counted, async (event, context) => {
      await noteSeen(context!.manager, 'victim', event);
      if (poison()) throw new Error('poison');
    });
    one = await startObservedApp({
      url: database.url,
      events: [Counted],
      projections: [victim],
      subscriptions: { maxRetries },
    });
    dataSource = one.app.get<DataSource>(getDataSourceToken());
  }

  /** Refuses what goes into a table, until `drop trigger refuse` on it. */
  async function refuse(table: string, what: string, deferred = false): Promise<void> {
    await dataSource.query(`
      create function refuse() returns trigger language plpgsql as $$ begin raise exception 'refused'; end $$;
      create ${deferred ? 'constraint ' : ''}trigger refuse after ${what} on ${table}
        ${deferred ? 'deferrable initially deferred' : ''} for each row execute function refuse();`);
  }

  it('the parking itself: the failure is told of each time, and parked when it can be', async () => {
    await start(() => true);
    await refuse('tidemark.dead_letters', 'insert');
    await one.store.append('s-1', [new Counted(0, 0)]);
    await one.manager.start();
    await eventually(() => one.told.length >= 4);
    expect(await one.letters()).toEqual([]);
    expect((await one.manager.status())[0]).toMatchObject({ position: 0n });
    await dataSource.query('drop trigger refuse on tidemark.dead_letters');
    await one.manager.waitFor(1n, { subscription: 'victim' });
    await eventually(() => one.parked.length === 1);
    const [letter] = await one.letters();
    expect(letter?.attempts.every(({ message }) => message === 'poison')).toBe(true);
    const ofTheEvent = one.told.filter(({ eventId }) => eventId !== undefined);
    expect(ofTheEvent.map(({ error }) => (error as Error).message)).toEqual(letter?.attempts.map(() => 'poison'));
    expect(ofTheEvent.map(({ deadLetterId }) => deadLetterId).filter(Boolean)).toEqual([letter?.id]);
    expect(ofTheEvent.at(-1)?.deadLetterId).toBe(letter?.id);
    const others = one.told.filter(({ eventId }) => eventId === undefined);
    expect(new Set(others.map(({ error }) => (error as Error).message))).toEqual(new Set(['refused']));
    expect(others).toHaveLength(ofTheEvent.length - 1);
  });

  it('the commit: it is charged to the event, in a redrive too', async () => {
    await start(() => false, 1);
    await refuse('seen', 'insert', true);
    await one.store.append('s-1', [new Counted(0, 0)]);
    await one.store.append('s-2', [new Counted(0, 0)]);
    await one.manager.start();
    await one.manager.waitFor(2n, { subscription: 'victim', timeoutMs: 60_000 });
    await eventually(() => one.parked.length === 2);
    const letters = await one.letters();
    expect(letters).toMatchObject([{ message: 'refused', attempts: [{}, {}] }, { message: 'refused' }]);
    const tries = (id: string) => one.told.filter(({ eventId }) => eventId === id).length;
    expect(letters.map(({ eventId }) => tries(eventId))).toEqual([2, 2]);
    const told = one.told.length;
    await one.queue.redrive('all');
    await eventually(() => one.told.length === told + 2);
    expect(one.told.slice(told)).toMatchObject(
      letters.map(({ id, eventId }) => ({ deadLetterId: id, eventId, retryCount: 2 })),
    );
    await dataSource.query('drop trigger refuse on seen');
    await one.queue.redrive('all');
    await eventually(async () => (await one.queue.stats()).resolved === 2);
    expect(await seenBy(dataSource, 'victim')).toEqual(['s-1@1', 's-2@1']);
  });

  it('the database: it is told of with no event, as infrastructure', async () => {
    await start(() => false);
    await one.manager.start();
    await eventually(async () => (await one.manager.status())[0]?.state === 'live');
    const client = await database.client();
    try {
      await eventually(async () => {
        await client.query(
          'select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()',
        );
        return one.told.length >= 3;
      });
    } finally {
      await client.end();
    }
    const noEvent = { eventId: undefined, eventType: undefined, position: undefined, streamId: undefined };
    const expected = {
      ...noEvent,
      category: 'infrastructure',
      severity: 'high',
      retryable: true,
      subscription: 'victim',
    };
    for (const info of one.told) expect(info).toMatchObject(expected);
    expect(one.told.map(({ retryCount }) => retryCount).slice(0, 2)).toEqual([0, expect.any(Number)]);
    await eventually(() =>
      one.store.append('s-1', [new Counted(0, 0)], { expectedVersion: 'noStream' }).then(
        () => true,
        () => false,
      ),
    );
    await eventually(async () => (await seenBy(dataSource, 'victim')).length === 1);
  });
});
