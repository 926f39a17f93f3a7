import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Type } from '@nestjs/common';
import {
  DomainEvent,
  On,
  OnBatch,
  Projection,
  type ProjectionContext,
  type RecordedEvent,
  Subscriber,
  type SubscriptionsOptions,
} from '@tidemark/event-sourcing';
import { eventually } from '../support/eventually.js';
import { type ObservedApp, startObservedApp } from '../support/observed-app.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

@DomainEvent('order.placed')
class Placed {
  constructor(readonly n: number) {}
}

@DomainEvent('order.shipped')
class Shipped {
  constructor(readonly n: number) {}
}

@DomainEvent('note.made')
class Noted {
  constructor(readonly n: number) {}
}

type Numbered = RecordedEvent<Placed>;

const EVENTS = [Placed, Shipped, Noted];
const BAD = 3;

const numbersOf = (events: readonly RecordedEvent[]): number[] => events.map(({ data }) => (data as Placed).n);

class BadError extends Error {}

describe.each(['projection', 'subscriber'] as const)('a batch handler of a %s', (kind) => {
  describe.each(['postgres', 'memory'] as const)('with the store %s', (store) => {
    const isRolledBack = kind === 'projection' && store === 'postgres';
    let database: TestDatabase | undefined;
    let one: ObservedApp;
    let calls: [method: string, numbers: readonly number[]][];
    /** What has been done, and was not rolled back. In the database a second time is a unique violation. */
    let sideEffects: number[];

    beforeEach(async () => {
      calls = [];
      sideEffects = [];
      database = store === 'postgres' ? await createTestDatabase() : undefined;
      const client = await database?.client();
      await client?.query('create table done (at bigserial, n integer primary key)');
      await client?.end();
    });

    afterEach(async () => {
      await one.app.close();
      await database?.drop();
    });

    async function start(type: Type<object>, subscriptions: Omit<SubscriptionsOptions, 'workers'> = {}): Promise<void> {
      const types = kind === 'projection' ? { projections: [type] } : { subscribers: [type] };
      one = await startObservedApp({
        url: database?.url,
        events: EVENTS,
        ...types,
        subscriptions: { maxRetries: 2, ...subscriptions },
      });
    }

    const decorate = (type: Type<object>): Type<object> => {
      (kind === 'projection' ? Projection({ name: 'victim' }) : Subscriber({ name: 'victim' }))(type);
      return type;
    };

    /** Notes events as done: in the transaction, where there is one. */
    async function note(events: readonly RecordedEvent[], context: ProjectionContext): Promise<void> {
      if (!isRolledBack) {
        sideEffects.push(...numbersOf(events));
        return;
      }
      for (const n of numbersOf(events)) await context.manager.query('insert into done (n) values ($1)', [n]);
    }

    async function done(): Promise<readonly number[]> {
      if (!isRolledBack || database === undefined) return sideEffects;
      const client = await database.client();
      const { rows } = await client.query<{ n: number }>('select n from done order by at');
      await client.end();
      return rows.map(({ n }) => n);
    }

    /** Each event in a stream of its own. */
    async function append(...events: readonly object[]): Promise<bigint> {
      let position = 0n;
      for (const event of events) {
        position = (await one.store.append(`s-${(event as Placed).n}`, [event])).position;
      }
      return position;
    }

    async function run(last: bigint): Promise<void> {
      await one.manager.start();
      await one.manager.waitFor(last, { subscription: 'victim', timeoutMs: 60_000 });
    }

    /** One that cannot do what `fails` says of, after it has written all that can be rolled back. */
    function placedUnless(fails: (n: number) => boolean, failing: () => Promise<void> | void): Type<object> {
      class Victim {
        @OnBatch(Placed)
        async placed(events: readonly Numbered[], context: ProjectionContext): Promise<void> {
          calls.push(['placed', numbersOf(events)]);
          if (isRolledBack) await note(events, context);
          if (numbersOf(events).some(fails)) await failing();
          if (!isRolledBack) await note(events, context);
        }
      }
      return decorate(Victim);
    }

    it('gets what follows upon each other in one call, in the order of the feed, whatever else there is', async () => {
      class Victim {
        @OnBatch(Placed, 'note.*')
        async many(events: readonly RecordedEvent[], context: ProjectionContext): Promise<void> {
          calls.push(['many', numbersOf(events)]);
          await note(events, context);
        }
        @On(Shipped)
        async shipped(event: RecordedEvent<Shipped>, context: ProjectionContext): Promise<void> {
          calls.push(['shipped', numbersOf([event])]);
          await note([event], context);
        }
      }
      await start(decorate(Victim));
      const ofOne = [new Placed(1), new Placed(2), new Shipped(3), new Shipped(4), new Noted(5), new Placed(6)];
      await one.store.append('order-1', ofOne);
      await run(await append(new Noted(7), new Shipped(8), new Placed(9)));
      expect(calls).toEqual([
        ['many', [1, 2]],
        ['shipped', [3]],
        ['shipped', [4]],
        ['many', [5, 6, 7]],
        ['shipped', [8]],
        ['many', [9]],
      ]);
      expect(await done()).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
    });

    it('is called apart from another one, and with no more than a batch has', async () => {
      class Victim {
        @OnBatch(Placed)
        placed(events: readonly Numbered[]): void {
          calls.push(['placed', numbersOf(events)]);
        }
        @OnBatch(Noted)
        noted(events: readonly RecordedEvent<Noted>[]): void {
          calls.push(['noted', numbersOf(events)]);
        }
      }
      await start(decorate(Victim), { batchSize: 4 });
      await run(await append(...[1, 2, 3, 4, 5].map((n) => new Placed(n)), new Noted(6), new Noted(7), new Placed(8)));
      expect(calls).toEqual([
        ['placed', [1, 2, 3, 4]],
        ['placed', [5]],
        ['noted', [6, 7]],
        ['placed', [8]],
      ]);
    });

    it('is redone event by event where it fails: only the bad one is put aside, and each other is done once', async () => {
      const victim = placedUnless(
        (n) => n === BAD,
        () => {
          throw new BadError('bad');
        },
      );
      await start(victim);
      await run(await append(...[1, 2, 3, 4, 5, 6].map((n) => new Placed(n))));
      expect(calls.map(([, numbers]) => numbers)).toEqual([[1, 2, 3, 4, 5, 6], [1], [2], [3], [3], [3], [4], [5], [6]]);
      expect(await done()).toEqual([1, 2, 4, 5, 6]);
      expect(await one.letters()).toMatchObject([
        { streamId: 's-3', reason: 'failed', errorClass: 'BadError', attempts: [{}, {}, {}] },
      ]);
      // Of the batch nobody knows whose failure it was; the rest are the bad one's own.
      const { eventId } = one.told[1] ?? {};
      expect(one.told.map((info) => info.eventId)).toEqual([undefined, eventId, eventId, eventId]);
      expect(one.told.map(({ retryCount }) => retryCount)).toEqual([0, 0, 1, 2]);
    });

    it('goes on in batches behind the ones that failed together', async () => {
      const victim = placedUnless(
        (n) => n === 2,
        () => {
          throw new BadError('bad');
        },
      );
      await start(victim, { batchSize: 3, maxRetries: 0 });
      const rest = [4, 5, 6, 7, 8, 9, 10];
      await run(await append(...[1, 2, 3, ...rest].map((n) => new Placed(n))));
      const numbers = calls.map((call) => call[1]);
      expect(numbers.slice(0, 4)).toEqual([[1, 2, 3], [1], [2], [3]]);
      expect(numbers.slice(4).flat()).toEqual(rest);
      expect(Math.max(...numbers.slice(4).map(({ length }) => length))).toBe(3);
      expect(await done()).toEqual([1, 3, ...rest]);
    });

    it('is aborted where it takes too long, and then gets each event with a time of its own', async () => {
      const victim = placedUnless(
        (n) => n === BAD,
        () => new Promise(() => undefined),
      );
      await start(victim, { processingTimeoutMs: 2_500, maxRetries: 0 });
      await run(await append(...[1, 2, 3, 4].map((n) => new Placed(n))));
      expect(calls.map(([, numbers]) => numbers)).toEqual([[1, 2, 3, 4], [1], [2], [3], [4]]);
      expect(await done()).toEqual([1, 2, 4]);
      expect(await one.letters()).toMatchObject([{ streamId: 's-3', errorClass: 'ProcessingTimeoutError' }]);
    });

    it('gets what is redriven by itself, and nothing of a stream that waits behind a dead letter', async () => {
      let isBad = true;
      const victim = placedUnless(
        (n) => isBad && n === BAD,
        () => {
          throw new BadError('bad');
        },
      );
      await start(victim, { maxRetries: 0 });
      await one.store.append('s-3', [new Placed(BAD)]);
      await run(1n);
      await one.store.append('s-1', [new Placed(11)]);
      await one.store.append('s-3', [new Placed(31)]);
      const last = await one.store.append('s-1', [new Placed(12)]);
      await one.manager.waitFor(last.position, { subscription: 'victim' });
      expect([...(await done())].sort()).toEqual([11, 12]);
      isBad = false;
      await one.queue.redrive('all');
      await eventually(async () => (await one.queue.stats()).resolved === 2);
      expect((await done()).slice(2)).toEqual([BAD, 31]);
      expect(calls.slice(-2)).toEqual([
        ['placed', [BAD]],
        ['placed', [31]],
      ]);
    });

    // Only a row in a table can be spoilt.
    if (store === 'memory') return;

    it('is not called for a batch with an event that cannot be decoded, which alone is put aside', async () => {
      await start(
        placedUnless(
          () => false,
          () => undefined,
        ),
      );
      const last = await append(...[1, 2, 3, 4].map((n) => new Placed(n)));
      const client = await database!.client();
      await client.query(
        `set session_replication_role = replica;
         update tidemark.events set schema_version = 9 where stream_id = 's-3'`,
      );
      await client.end();
      await run(last);
      expect(calls.map(([, numbers]) => numbers)).toEqual([[1], [2], [4]]);
      expect(await done()).toEqual([1, 2, 4]);
      // Which one it is was known from the first.
      expect(one.told.map(({ streamId }) => streamId)).toEqual(['s-3', 's-3']);
      expect(await one.letters()).toMatchObject([
        { streamId: 's-3', errorClass: 'UndecodableEventError', attempts: [{}] },
      ]);
    });
  });
});
