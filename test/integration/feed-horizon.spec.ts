import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type pg from 'pg';
import type { DataSource, EntityManager } from 'typeorm';
import { SchemaMigrator, SQLSTATE, sqlStateOf } from '../../libs/event-sourcing/src/database/index.js';
import { Counted, createPostgresStore, type PostgresStore } from '../support/postgres-store.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

const EVENT = new Counted(0, 0);

/** A transaction that is held open until the test ends it. */
interface OpenTransaction {
  readonly manager: EntityManager;
  commit(): Promise<void>;
  rollback(): Promise<void>;
}

describe('the horizon of the feed', () => {
  let database: TestDatabase;
  let dataSource: DataSource;
  let parts: PostgresStore;

  beforeEach(async () => {
    database = await createTestDatabase();
    dataSource = await database.connect();
    parts = createPostgresStore(dataSource);
  });

  afterEach(() => database.drop());

  async function begin(): Promise<OpenTransaction> {
    const queryRunner = dataSource.createQueryRunner();
    await queryRunner.startTransaction();
    const end = async (how: 'commitTransaction' | 'rollbackTransaction'): Promise<void> => {
      await queryRunner[how]();
      await queryRunner.release();
    };
    const { manager } = queryRunner;
    return { manager, commit: () => end('commitTransaction'), rollback: () => end('rollbackTransaction') };
  }

  async function deliveredAfter(after = 0n): Promise<string[]> {
    const { events } = await parts.storage.readFeed({ after, limit: 1_000 });
    return events.map(({ streamId, version }) => `${streamId}@${version}`);
  }

  it('is 0 for a sequence that was never used, and the very first event is not skipped', async () => {
    expect(await parts.store.horizon()).toEqual({ head: 0n, horizon: 0n, holderPid: undefined });
    const open = await begin();
    await parts.store.append('a-1', [EVENT], { manager: open.manager });
    await parts.store.append('b-1', [EVENT]);
    expect(await parts.store.horizon()).toMatchObject({ head: 2n, horizon: 0n });
    expect(await deliveredAfter()).toEqual([]);
    await open.commit();
    expect(await deliveredAfter()).toEqual(['a-1@1', 'b-1@1']);
  });

  it('stays below an append that is not committed, names its backend, and moves on when it commits', async () => {
    await parts.store.append('a-1', [EVENT]);
    const open = await begin();
    await parts.store.append('b-1', [EVENT], { manager: open.manager });
    const [{ pid }] = await open.manager.query<[{ pid: number }]>('select pg_backend_pid() as pid');
    await parts.store.append('c-1', [EVENT]);
    expect(await parts.store.horizon()).toEqual({ head: 3n, horizon: 1n, holderPid: pid });
    expect(await deliveredAfter()).toEqual(['a-1@1']);
    await open.commit();
    expect(await parts.store.horizon()).toEqual({ head: 3n, horizon: 3n, holderPid: undefined });
    expect(await deliveredAfter(1n)).toEqual(['b-1@1', 'c-1@1']);
  });

  it('delivers an older transaction id with a higher position in position order', async () => {
    await dataSource.query('create table other (id integer)');
    const older = await begin();
    await older.manager.query('insert into other values (1)');
    await parts.store.append('a-1', [EVENT]);
    await parts.store.append('a-1', [EVENT], { manager: older.manager });
    await parts.store.append('b-1', [EVENT]);
    expect(await deliveredAfter()).toEqual(['a-1@1']);
    await older.commit();
    expect(await deliveredAfter()).toEqual(['a-1@1', 'a-1@2', 'b-1@1']);
  });

  it('is not held by open transactions that do not append, here or in another database', async () => {
    await dataSource.query('create table other (id integer)');
    const other = await createTestDatabase();
    const elsewhere = createPostgresStore(await other.connect());
    const otherRunner = elsewhere.database.dataSource.createQueryRunner();
    await otherRunner.startTransaction();
    await elsewhere.store.append('a-1', [EVENT], { manager: otherRunner.manager });
    const open = await begin();
    await open.manager.query('insert into other values (1)');
    await parts.store.append('a-1', [EVENT]);
    expect(await parts.store.horizon()).toEqual({ head: 1n, horizon: 1n, holderPid: undefined });
    expect(await deliveredAfter()).toEqual(['a-1@1']);
    await open.rollback();
    await otherRunner.rollbackTransaction();
    await otherRunner.release();
    await other.drop();
  });

  it('is not held by positions that were rolled back', async () => {
    const open = await begin();
    await parts.store.append('a-1', [EVENT, EVENT], { manager: open.manager });
    await open.rollback();
    await parts.store.append('b-1', [EVENT]);
    expect(await parts.store.horizon()).toEqual({ head: 3n, horizon: 3n, holderPid: undefined });
    expect(await deliveredAfter()).toEqual(['b-1@1']);
  });

  it.each(['REPEATABLE READ', 'SERIALIZABLE'])('refuses to be read in %s', async (isolation) => {
    const client = await database.client();
    await client.query(`begin isolation level ${isolation}`);
    const error: unknown = await client
      .query('select * from tidemark.feed_horizon()')
      .catch((reason: unknown) => reason);
    await client.end();
    expect(sqlStateOf(error)).toBe(SQLSTATE.horizonNeedsReadCommitted);
  });

  it.each([2n ** 31n, 2n ** 32n, 3n * 2n ** 32n])('survives the wrap of its key around %d', async (around) => {
    await dataSource.query(`select setval('tidemark.event_position', ${around - 2n})`);
    const open = await begin();
    await parts.store.append('held-1', [EVENT], { manager: open.manager });
    for (let n = 0; n < 4; n++) await parts.store.append('free-1', [EVENT]);
    expect(await parts.store.horizon()).toMatchObject({ head: around + 3n, horizon: around - 2n });
    expect(await deliveredAfter(around - 2n)).toEqual([]);
    await open.commit();
    expect(await deliveredAfter(around - 2n)).toHaveLength(5);
  });

  it('is not confused by a lock taken after the head was read', async () => {
    // A writer that takes its lock between the two looks of feed_horizon() carries an L above the head that was read.
    await parts.store.append('a-1', [EVENT]);
    const client = await database.client();
    await client.query('begin');
    await client.query(
      "select pg_advisory_xact_lock_shared('tidemark.event_position'::regclass::oid::bigint::integer, 5)",
    );
    expect(await parts.store.horizon()).toEqual({ head: 1n, horizon: 1n, holderPid: undefined });
    await client.query('rollback');
    await client.end();
  });

  it('keeps two stores in one database apart', async () => {
    await new SchemaMigrator({ type: 'postgres', url: database.url }, 'second').up();
    const second = createPostgresStore(dataSource, { schema: 'second' });
    const open = await begin();
    await parts.store.append('a-1', [EVENT], { manager: open.manager });
    await second.store.append('a-1', [EVENT]);
    expect(await second.store.horizon()).toEqual({ head: 1n, horizon: 1n, holderPid: undefined });
    // The mark of one store must not stand for the lock of the other in the same transaction.
    await second.store.append('b-1', [EVENT], { manager: open.manager });
    await second.store.append('c-1', [EVENT]);
    expect(await second.store.horizon()).toMatchObject({ head: 3n, horizon: 1n });
    await open.commit();
    expect(await second.store.horizon()).toEqual({ head: 3n, horizon: 3n, holderPid: undefined });
  });

  it('takes the lock again after a savepoint was rolled back', async () => {
    const open = await begin();
    await open.manager.query('savepoint before_append');
    await parts.store.append('a-1', [EVENT], { manager: open.manager });
    await open.manager.query('rollback to savepoint before_append');
    expect((await parts.store.horizon()).holderPid).toBeUndefined();
    await parts.store.append('b-1', [EVENT], { manager: open.manager });
    await parts.store.append('c-1', [EVENT]);
    expect(await deliveredAfter()).toEqual([]);
    await open.commit();
    expect(await deliveredAfter()).toEqual(['b-1@1', 'c-1@1']);
  });

  it('takes one lock per transaction, however many appends it makes', async () => {
    const open = await begin();
    for (let n = 0; n < 20; n++) await parts.store.append(`a-${n}`, [EVENT], { manager: open.manager });
    const locks = await dataSource.query<unknown[]>(
      `select 1 from pg_locks where locktype = 'advisory'
       and database = (select oid from pg_database where datname = current_database())`,
    );
    expect(locks).toHaveLength(1);
    await open.commit();
  });

  it('is held by a prepared transaction until that is committed', async () => {
    const client: pg.Client = await database.client();
    const { rows } = await client.query<{ max: string }>('select current_setting($1)::integer as max', [
      'max_prepared_transactions',
    ]);
    if (Number(rows[0]?.max) === 0) {
      // The server has them switched off, and then nobody can hold the horizon with one.
      await expect(client.query("begin; prepare transaction 'x'")).rejects.toThrow(/disabled/);
    } else {
      await client.query('begin');
      await client.query(APPEND_BY_HAND);
      await client.query("prepare transaction 'held'");
      await parts.store.append('b-1', [EVENT]);
      expect(await parts.store.horizon()).toEqual({ head: 2n, horizon: 0n, holderPid: undefined });
      await client.query("commit prepared 'held'");
      expect(await deliveredAfter()).toEqual(['hand-1@1', 'b-1@1']);
    }
    await client.end();
  });

  it('rests on a sequence that does not cache', async () => {
    const [row] = await dataSource.query<{ cache_size: string }[]>(
      "select cache_size from pg_sequences where schemaname = 'tidemark' and sequencename = 'event_position'",
    );
    expect(row?.cache_size).toBe('1');
  });
});

const APPEND_BY_HAND = `select * from tidemark.append_events(
  array['hand-1'], array[null]::text[], array[1]::smallint[], array[0], array[1], array[1], array[gen_random_uuid()],
  array['counted'], array[1]::smallint[], '[{}]', '[{}]', array[now()], true, true)`;
