import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { EntityManager } from 'typeorm';
import {
  BATCH_FAILED,
  type BatchFailed,
  type CheckpointStrategy,
  type DeliveryContext,
  type SubscriptionDefinition,
} from '../../libs/event-sourcing/src/subscriptions/index.js';
import type { RecordedEvent } from '../../libs/event-sourcing/src/core/index.js';
import {
  append,
  checkpointOf,
  COUNTED,
  CountedEngines,
  FOR_EVER_MS,
  numberOf,
  runTo,
  takeOver,
  upTo,
} from '../support/counted-engines.js';
import type { Engine } from '../support/engine.js';
import { eventually } from '../support/eventually.js';

const STRATEGIES: readonly CheckpointStrategy[] = ['every_event', 'every_batch', 'periodic'];

/** Notes the event and the transaction; a second time is a unique violation. */
async function writeRow(event: RecordedEvent, { manager }: DeliveryContext): Promise<void> {
  await (manager as EntityManager).query('insert into seen (n, transaction) values ($1, pg_current_xact_id())', [
    numberOf(event),
  ]);
}

let engines: CountedEngines;

beforeEach(async () => {
  engines = await CountedEngines.open('create table seen (at bigserial, n integer primary key, transaction xid8)');
});

afterEach(() => engines.close());

async function seen({ database: { dataSource } }: Engine): Promise<number[]> {
  const rows = await dataSource.query<{ n: number }[]>('select n from seen order by at');
  return rows.map(({ n }) => n);
}

/** How many events each transaction has written, in order. */
async function transactions({ database: { dataSource } }: Engine): Promise<number[]> {
  const rows = await dataSource.query<{ count: number }[]>(
    'select count(*)::integer as count from seen group by transaction order by min(at)',
  );
  return rows.map(({ count }) => count);
}

describe('the transactions of a projection', () => {
  it('are one for each event with every_event', async () => {
    const one = await engines.create({ handle: writeRow }, { checkpointStrategy: 'every_event', batchSize: 5 });
    await runTo(one, await append(one, 12));
    expect(await transactions(one)).toEqual(Array(12).fill(1));
    expect(await seen(one)).toEqual(upTo(12));
  });

  it('are one for each batch with every_batch', async () => {
    const one = await engines.create({ handle: writeRow }, { checkpointStrategy: 'every_batch', batchSize: 5 });
    await runTo(one, await append(one, 12));
    expect(await transactions(one)).toEqual([5, 5, 2]);
  });

  it('take batch after batch up to the head with periodic, and commit there at once', async () => {
    const options = { checkpointStrategy: 'periodic', checkpointIntervalMs: FOR_EVER_MS, batchSize: 5 } as const;
    const one = await engines.create({ handle: writeRow }, options);
    await runTo(one, await append(one, 12));
    expect(await transactions(one)).toEqual([12]);
    const last = await append(one, 1, 12);
    await one.manager.waitFor(last, { subscription: COUNTED });
    expect(await transactions(one)).toEqual([12, 1]);
  });

  it('take no further batch with periodic when their time is over', async () => {
    const options = { checkpointStrategy: 'periodic', checkpointIntervalMs: 100, batchSize: 2 } as const;
    const handle: SubscriptionDefinition['handle'] = async (event, context) => {
      await writeRow(event, context);
      // In the first of the second batch its time is over; the batch is finished, and there it ends.
      if (numberOf(event) === 2) await (context.manager as EntityManager).query('select pg_sleep(0.15)');
    };
    const one = await engines.create({ handle }, options);
    await runTo(one, await append(one, 10));
    const counts = await transactions(one);
    expect(counts[0]).toBeLessThanOrEqual(4);
    expect(counts.length).toBeGreaterThan(1);
    expect(await seen(one)).toEqual(upTo(10));
  });

  it.each(STRATEGIES)('never take more than maxInFlight beyond the checkpoint with %s', async (checkpointStrategy) => {
    const taken: bigint[] = [];
    const options = { checkpointStrategy, checkpointIntervalMs: FOR_EVER_MS, batchSize: 5, maxInFlight: 7 };
    const one = await engines.create(
      {
        async handle(event, context) {
          await writeRow(event, context);
          taken.push(event.position - (await checkpointOf(one)));
        },
      },
      options,
    );
    await runTo(one, await append(one, 40));
    expect(await seen(one)).toEqual(upTo(40));
    expect(taken.every((distance) => distance <= 7n)).toBe(true);
    if (checkpointStrategy === 'periodic') expect(Math.max(...(await transactions(one)))).toBe(7);
  });

  it('may be of another size than those of the app, for one projection', async () => {
    const tuning = { checkpointStrategy: 'every_batch', batchSize: 3 } as const;
    const one = await engines.create(
      { handle: writeRow, tuning },
      { checkpointStrategy: 'every_event', batchSize: 100 },
    );
    await runTo(one, await append(one, 8));
    expect(await transactions(one)).toEqual([3, 3, 2]);
  });
});

describe.each(STRATEGIES)('a projection with %s', (checkpointStrategy) => {
  const options = { checkpointStrategy, checkpointIntervalMs: 1_000, batchSize: 5, maxRetries: 2 };

  it('handles each event once and parks the bad ones alone, each after its own tries', async () => {
    const failures: BatchFailed[] = [];
    const one = await engines.create(
      {
        async handle(event, context) {
          await writeRow(event, context);
          if (numberOf(event) % 8 === 7) throw new Error('bad');
        },
      },
      options,
    );
    one.instrumentation.on(BATCH_FAILED, (failure) => failures.push(failure));
    await runTo(one, await append(one, 30));
    expect(await seen(one)).toEqual(upTo(30).filter((n) => n % 8 !== 7));
    const { letters } = await one.deadLetters.list({}, undefined, 100);
    expect(letters.map(({ streamId }) => streamId).sort()).toEqual(['s-15', 's-23', 's-7']);
    for (const { attempts } of letters) expect(attempts).toHaveLength(3);
    // With every_event nothing else was rolled back with it, and so the first try was its own already.
    if (checkpointStrategy === 'every_event') expect(failures).toHaveLength(9);
    expect(await checkpointOf(one)).toBe(30n);
    expect((await one.checkpoints.list(COUNTED))[0]?.handled).toBe(27n);
  });

  it('handles each event once though its connection is cut again and again', async () => {
    const cuts = new Map<number, number>();
    const one = await engines.create(
      {
        async handle(event, context) {
          await writeRow(event, context);
          const n = numberOf(event);
          if (n % 9 !== 8) return;
          cuts.set(n, (cuts.get(n) ?? 0) + 1);
          if ((cuts.get(n) ?? 0) <= 2) {
            await (context.manager as EntityManager).query('select pg_terminate_backend(pg_backend_pid())');
          }
        },
      },
      options,
    );
    await runTo(one, await append(one, 30));
    expect(await seen(one)).toEqual(upTo(30));
    for (const times of cuts.values()) expect(times).toBeGreaterThan(2);
    expect(cuts.size).toBe(3);
    expect((await one.deadLetters.list({}, undefined, 100)).letters).toEqual([]);
  });

  it('handles each event once though another owner takes over in the middle', async () => {
    const entered = Promise.withResolvers<void>();
    const opened = Promise.withResolvers<void>();
    const first = await engines.create(
      {
        async handle(event, context) {
          await writeRow(event, context);
          if (numberOf(event) !== 12) return;
          entered.resolve();
          await opened.promise;
        },
      },
      options,
    );
    const last = await append(first, 30);
    await first.manager.start();
    await entered.promise;
    // As if frozen: it renews nothing, and its lease is another's by now.
    const behind = await checkpointOf(first);
    const lease = await takeOver(first);
    opened.resolve();
    await eventually(async () => (await first.manager.status())[0]?.state === 'standby');
    expect(await seen(first)).toEqual(upTo(Number(behind)));
    await first.leases.release(lease);
    await first.manager.waitFor(last, { subscription: COUNTED, timeoutMs: 60_000 });
    expect(await seen(first)).toEqual(upTo(30));
  });
});
