import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { DataSource, EntityManager, QueryRunner } from 'typeorm';
import { PostgresDatabase } from '../../libs/event-sourcing/src/database/index.js';
import {
  type DeadLetter,
  eventFailureOf,
  PostgresDeadLetterStore,
} from '../../libs/event-sourcing/src/dead-letter-queue/index.js';
import { deadLetterStoreContract } from '../../libs/event-sourcing/src/testing/index.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

let database: TestDatabase;
let dataSource: DataSource;
let store: PostgresDeadLetterStore;

beforeAll(async () => {
  database = await createTestDatabase();
  dataSource = await database.connect({ poolSize: 25 });
  store = new PostgresDeadLetterStore(
    new PostgresDatabase(dataSource, { schema: 'tidemark', preparedStatements: true }),
  );
});

afterAll(() => database.drop());

const empty = (): Promise<unknown> => dataSource.query('truncate tidemark.dead_letters');

deadLetterStoreContract(
  { describe, it, expect },
  {
    name: 'on PostgreSQL',
    async create() {
      await empty();
      return { store, cleanup: () => Promise.resolve() };
    },
  },
);

const THE_ERROR = eventFailureOf(new RangeError('out of stock'));

describe('dead letters on PostgreSQL', () => {
  beforeEach(empty);

  async function park(position: number, failed: boolean, manager?: EntityManager): Promise<DeadLetter> {
    const id = `00000000-0000-7000-8000-${String(position).padStart(12, '0')}`;
    const event = { id, position: BigInt(position), streamId: 'parcel-1', version: position, type: 'sent' };
    const failures = failed ? [THE_ERROR] : [];
    const toPark = { subscription: 'sub', partition: 0, event: { ...event, tenantId: undefined }, failures };
    return (await store.park(toPark, manager)).letter;
  }

  const blocked = (manager?: EntityManager) => store.blockedStreams('sub', ['parcel-1'], manager);

  async function open(): Promise<QueryRunner> {
    const queryRunner = dataSource.createQueryRunner();
    await queryRunner.startTransaction();
    return queryRunner;
  }

  async function commit(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.commitTransaction();
    await queryRunner.release();
  }

  /** Resolves when a statement with this text waits for a lock. */
  async function waiting(text: string): Promise<void> {
    const sql = `select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'
      and pid <> pg_backend_pid() and position($1 in query) > 0`;
    while ((await dataSource.query<object[]>(sql, [text])).length === 0);
  }

  async function states(): Promise<string[]> {
    const { letters } = await store.list({}, undefined, 100);
    return letters.map(({ position, state }) => `${position}:${state}`).sort();
  }

  it('the transaction that parks an event and is rolled back leaves no letter and blocks no stream', async () => {
    const rolledBack = dataSource.transaction(async (manager) => {
      await park(1, true, manager);
      expect(await blocked(manager)).toEqual({ streams: new Set(['parcel-1']), hasOpenLetters: true });
      expect(await blocked()).toEqual({ streams: new Set(), hasOpenLetters: false });
      throw new Error('changed my mind');
    });
    await expect(rolledBack).rejects.toThrow('changed my mind');
    expect(await states()).toEqual([]);
    expect(await park(1, true)).toMatchObject({ state: 'parked' });
  });

  it('a redrive whose transaction is rolled back is still to be done, and nothing behind it is released', async () => {
    const { id } = await park(1, true);
    await park(2, false);
    await store.requestRedrive({ id });
    const rolledBack = dataSource.transaction(async (manager) => {
      expect((await store.close(id, 'resolved', undefined, manager)).released).toBe(1);
      const next = await store.nextRedriving('sub', { index: 0, count: 1 }, 10, manager);
      expect(next.map(({ position }) => position)).toEqual([2n]);
      throw new Error('changed my mind');
    });
    await expect(rolledBack).rejects.toThrow('changed my mind');
    expect(await states()).toEqual(['1:redriving', '2:parked']);
  });

  it('20 transactions that park one event at once make one letter, whoever of them commits', async () => {
    const outcomes = await Promise.allSettled(
      Array.from({ length: 20 }, (_, n) =>
        dataSource.transaction(async (manager) => {
          const { id } = await park(1, true, manager);
          if (n % 2 === 0) throw new Error('rolled back');
          return id;
        }),
      ),
    );
    const ids = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []));
    expect(ids).toHaveLength(10);
    const { letters } = await store.list({}, undefined, 10);
    expect(letters.map(({ id, attempts }) => [id, attempts.length])).toEqual([[ids[0], 1]]);
    expect(new Set(ids).size).toBe(1);
  });

  it('closing a letter waits for the event that is being queued behind it, and releases it', async () => {
    const { id } = await park(1, true);
    const subscription = await open();
    await park(2, false, subscription.manager);
    const closing = store.close(id, 'discarded');
    await waiting('for update');
    await commit(subscription);
    expect((await closing).released).toBe(1);
    expect(await states()).toEqual(['1:discarded', '2:redriving']);
  });

  it('an event that queues behind a letter that is being closed takes its turn at once', async () => {
    const { id } = await park(1, true);
    const operator = await open();
    await store.close(id, 'resolved', undefined, operator.manager);
    const parking = park(2, false);
    await waiting('for key share');
    await commit(operator);
    expect(await parking).toMatchObject({ state: 'redriving', reason: 'queued-behind' });
  });

  it('a redrive that is asked for does not wait for an event that is being queued', async () => {
    const { id } = await park(1, true);
    const subscription = await open();
    await park(2, false, subscription.manager);
    expect(await store.requestRedrive({ id })).toBe(1);
    await commit(subscription);
    expect(await store.close(id, 'resolved')).toMatchObject({ released: 1 });
  });

  it('two owners of a partition that redrive one letter at once: one resolves it, the other is refused', async () => {
    const { id } = await park(1, true);
    await store.requestRedrive({});
    const first = await open();
    await store.close(id, 'resolved', undefined, first.manager);
    const second = store.close(id, 'resolved').catch((error: unknown) => error);
    await waiting('for update');
    await commit(first);
    expect(await second).toMatchObject({ code: 'DEAD_LETTER_STATE', state: 'resolved' });
  });

  it('a redrive that fails while others ask for one is not handed out before its turn', async () => {
    const { id } = await park(1, true);
    await park(2, true);
    await store.requestRedrive({ id });
    const failing = await open();
    await store.recordAttempt(id, THE_ERROR, 'parked', failing.manager);
    expect(await store.requestRedrive({})).toBe(1);
    await commit(failing);
    expect(await states()).toEqual(['1:parked', '2:redriving']);
    expect(await store.nextRedriving('sub', { index: 0, count: 1 }, 10)).toEqual([]);
  });

  it('purges the oldest first, by the time of closing', async () => {
    const letters = [await park(1, true), await park(2, true)];
    for (const { id } of letters.reverse()) await store.close(id, 'resolved');
    expect(await store.purge({ resolvedBefore: new Date(Date.now() + 60_000), limit: 1 })).toBe(1);
    expect(await states()).toEqual(['1:resolved']);
  });

  it('discards what is open in the transaction of a rebuild, and only with it', async () => {
    await park(1, true);
    await park(2, false);
    const rolledBack = dataSource.transaction(async (manager) => {
      expect(await store.discardAll('sub', 'rebuilt', manager)).toBe(2);
      throw new Error('changed my mind');
    });
    await expect(rolledBack).rejects.toThrow('changed my mind');
    expect(await states()).toEqual(['1:parked', '2:parked']);
    await dataSource.transaction((manager) => store.discardAll('sub', 'rebuilt', manager));
    expect(await states()).toEqual(['1:discarded', '2:discarded']);
  });

  it('discards all while redrives are asked for, and neither waits for the other for ever', async () => {
    for (let position = 1; position <= 20; position++) await park(position, true);
    const rounds = Array.from({ length: 20 }, (_, n) =>
      n % 2 === 0 ? store.requestRedrive({ subscription: 'sub' }) : store.discardAll('sub'),
    );
    await Promise.all(rounds);
    expect(await store.stats()).toMatchObject({ parked: 0, redriving: 0, discarded: 20 });
  });

  it('counts 100,000 closed letters without looking at a single one', async () => {
    await dataSource.query(
      `insert into tidemark.dead_letters (id, subscription, partition, partition_slot, event_id, position, stream_id,
         version, type, reason, error_class, message, stack, attempts, state)
       select gen_random_uuid(), 'sub-' || n % 5, 0, 0, gen_random_uuid(), n, 'parcel-' || n % 1000, n, 'sent', 'failed',
         'Error', 'no', repeat('at somewhere ', 10), '[{"message": "no"}]', case n % 2 when 0 then 'resolved' else 'discarded' end
       from generate_series(1, 100000) n`,
    );
    await park(100_001, true);
    await dataSource.query('vacuum analyze tidemark.dead_letters');
    // On a connection of its own the statement that was prepared there can be explained.
    const alone = await database.connect({ poolSize: 1 });
    const parts = new PostgresDatabase(alone, { schema: 'tidemark', preparedStatements: true });
    expect(await new PostgresDeadLetterStore(parts).stats()).toMatchObject({
      parked: 1,
      resolved: 50_000,
      discarded: 50_000,
    });
    const [prepared] = await alone.query<{ name: string }[]>(
      "select name from pg_prepared_statements where name like '%count_dead_letters%'",
    );
    const rows = await alone.query<Record<string, string>[]>(`explain (analyze, buffers) execute "${prepared?.name}"`);
    const plan = rows.map((row) => row['QUERY PLAN']).join('\n');
    expect(plan).not.toContain('Seq Scan');
    expect(plan).toMatch(/Index Only Scan using dead_letters_closed_count[^]*Heap Fetches: 0/);
    expect(plan).toContain('dead_letters_open');
    const pages = await dataSource.query<{ pages: number }[]>(
      "select relpages as pages from pg_class where oid = 'tidemark.dead_letters'::regclass",
    );
    const [, read] = /Buffers: shared hit=(\d+)/.exec(plan) ?? [];
    expect(Number(read)).toBeLessThan(Number(pages[0]?.pages) / 5);
  });

  it('each statement of the hot path finds its rows by an index', async () => {
    const plan = async (sql: string): Promise<string> =>
      dataSource.transaction(async (manager) => {
        await manager.query('set local enable_seqscan = off');
        const rows = await manager.query<Record<string, string>[]>(`explain ${sql}`);
        return rows.map((row) => row['QUERY PLAN']).join('\n');
      });
    const from = 'select 1 from tidemark.dead_letters where';
    const stream = "subscription = 's' and stream_id = 'a-1' and state in ('parked', 'redriving')";
    expect(await plan(`${from} ${stream}`)).toContain('dead_letters_open');
    const redriving = "subscription = 's' and state = 'redriving' order by position limit 5";
    expect(await plan(`${from} ${redriving}`)).toContain('dead_letters_redriving');
    const closed = "state in ('resolved', 'discarded') and updated_at < now() order by updated_at limit 5";
    expect(await plan(`${from} ${closed}`)).toContain('dead_letters_closed');
  });
});
