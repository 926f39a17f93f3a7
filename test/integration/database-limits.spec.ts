import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { databaseFromEnvironment, PoolTimeoutError, SchemaMigrator } from '@tidemark/event-sourcing';
import { isConnectionError, sqlStatement, sqlStateOf } from '../../libs/event-sourcing/src/database/index.js';
import { countedProjection, createEngine, type Engine } from '../support/engine.js';
import { eventually } from '../support/eventually.js';
import { openDatabase } from '../support/open-database.js';
import { Counted, createPostgresStore } from '../support/postgres-store.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

const LIMIT = "select current_setting('statement_timeout') as limit";
const ONE = sqlStatement('one', 'select 1 as one');
const LIMIT_HERE = sqlStatement('limit', LIMIT);
const WAITS_LONG = `select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'
                    and clock_timestamp() - query_start > interval '1500 milliseconds'`;

/** What the time limits of the environment do, and where they must not. */
describe('the limits of the database settings', () => {
  let database: TestDatabase;

  beforeEach(async () => {
    database = await createTestDatabase();
  });

  afterEach(() => database.drop());

  /** A DataSource by the settings of an environment. */
  const connect = (variables: Record<string, string>) =>
    database.connect({ ...databaseFromEnvironment({ DATABASE_URL: database.url, ...variables }), url: undefined });

  describe('of the pool', () => {
    it('tell everybody who waits in vain that all connections are in use', async () => {
      // The limit is for new connections too, which a busy machine may not make in time.
      const limits = { DATABASE_POOL_SIZE: '2', DATABASE_POOL_TIMEOUT_MS: '500' };
      const dataSource = await eventually(() => connect(limits).catch(() => undefined));
      if (dataSource === undefined) throw new Error('not connected');
      const one = openDatabase(dataSource);
      const free = dataSource.createQueryRunner();
      const held = dataSource.createQueryRunner();
      await eventually(() => held.connect().catch(() => undefined));
      await eventually(() => free.connect().catch(() => undefined));
      const ways = {
        'a statement of Tidemark': () => one.query(ONE),
        'a transaction of Tidemark': () => one.transaction(async () => undefined),
        'a query of the app': () => dataSource.query('select 1'),
        'a transaction of the app': () => dataSource.transaction(async () => undefined),
      };
      const waiting = Object.values(ways).map((way) => way().catch((failure: unknown) => failure));
      for (const [index, error] of (await Promise.all(waiting)).entries()) {
        expect([Object.keys(ways)[index], error]).toEqual([Object.keys(ways)[index], expect.any(PoolTimeoutError)]);
        expect(error).toMatchObject({ code: 'POOL_TIMEOUT', poolSize: 2, waitedMs: 500 });
        expect(String(error)).toMatch(/within 500 ms, all 2 are in use.*DATABASE_POOL_SIZE/);
        // So that no event is charged with it.
        expect(isConnectionError(error)).toBe(true);
      }
      await free.release();
      expect(await eventually(() => one.query(ONE).catch(() => undefined))).toEqual([{ one: 1 }]);
      await held.release();
    });

    it('leave every other error as it is', async () => {
      const dataSource = await connect({});
      openDatabase(dataSource);
      await expect(dataSource.query('select 1 / 0')).rejects.toMatchObject({ driverError: { code: '22012' } });
    });
  });

  describe('of statements', () => {
    let engine: Engine | undefined;

    beforeEach(() => {
      engine = undefined;
    });

    afterEach(() => engine?.manager.stop());

    it('hold for the pool, and not for the connection beside it', async () => {
      const dataSource = await connect({ DATABASE_STATEMENT_TIMEOUT_MS: '1000' });
      expect(await dataSource.query(LIMIT)).toEqual([{ limit: '1s' }]);
      const cancelled: unknown = await dataSource.query('select pg_sleep(60)').catch((error: unknown) => error);
      expect(sqlStateOf(cancelled)).toBe('57014');
      expect(await openDatabase(dataSource).control.query(LIMIT_HERE)).toEqual([{ limit: '0' }]);
    });

    it('do not hold for migrations, nor for their wait for each other', async () => {
      const settings = databaseFromEnvironment({ DATABASE_URL: database.url, DATABASE_STATEMENT_TIMEOUT_MS: '1000' });
      const client = await database.client();
      await client.query('begin');
      await client.query("select pg_advisory_xact_lock(x'74646d6b'::int, hashtext('tidemark'))");
      const migrated = new SchemaMigrator(settings, 'tidemark').up();
      const watch = await database.connect();
      await eventually(
        () => watch.query<object[]>(WAITS_LONG),
        (rows) => rows.length > 0,
      );
      await client.query('commit');
      await client.end();
      expect(await migrated).toEqual([]);
    });

    it('do not hold for the count of a whole feed, which a rebuild begins with', async () => {
      const { storage, store } = createPostgresStore(await connect({ DATABASE_STATEMENT_TIMEOUT_MS: '1000' }));
      await store.append('s-1', [new Counted(0, 1), new Counted(0, 2)]);
      const { horizon } = await storage.horizon();
      const client = await database.client();
      await client.query('begin');
      await client.query('lock table tidemark.events in access exclusive mode');
      const counted = storage.countFeed({ after: 0n, upTo: horizon });
      const cut: unknown = await storage
        .countFeed({ after: 0n, upTo: horizon, limit: 9 })
        .catch((error: unknown) => error);
      expect(sqlStateOf(cut)).toBe('57014');
      const watch = await database.connect();
      await eventually(
        () => watch.query<object[]>(WAITS_LONG),
        (rows) => rows.length > 0,
      );
      await client.query('commit');
      await client.end();
      expect(await counted).toBe(2n);
    });

    it('do not hold while a rebuild empties the read model', async () => {
      const limits: unknown[] = [];
      const note = async (manager: { query(sql: string): Promise<unknown> } | undefined): Promise<void> => {
        limits.push(await manager?.query(LIMIT));
      };
      const handle = async (_: unknown, { manager }: { manager?: unknown }): Promise<void> => note(manager as never);
      const dataSource = await connect({ DATABASE_STATEMENT_TIMEOUT_MS: '20000' });
      engine = createEngine(dataSource, [{ ...countedProjection(handle), reset: note }]);
      const { position } = await engine.store.append('s-1', [new Counted(0, 1)]);
      await engine.manager.start();
      await engine.manager.waitFor(position, { subscription: 'counted', timeoutMs: 60_000 });
      await engine.manager.rebuild('counted');
      expect(limits).toEqual([[{ limit: '20s' }], [{ limit: '0' }], [{ limit: '20s' }]]);
    });
  });
});
