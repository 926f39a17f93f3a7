import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { EntityManager } from 'typeorm';
import { isConnectionError, sqlStatement } from '../../libs/event-sourcing/src/database/index.js';
import { PostgresCheckpointStore } from '../../libs/event-sourcing/src/subscriptions/index.js';
import { countedProjection, createEngine, type Engine } from '../support/engine.js';
import { eventually } from '../support/eventually.js';
import { openDatabase } from '../support/open-database.js';
import { Counted } from '../support/postgres-store.js';
import { recordQueries } from '../support/query-recorder.js';
import { createTcpProxy, type TcpProxy } from '../support/tcp-proxy.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

const SUBSCRIPTION = 'counted';
const LEASE = { subscription: SUBSCRIPTION, partition: 0, epoch: 1n, owner: 'me' };
const SHOW_LIMIT = sqlStatement(
  'limit',
  `select current_setting('idle_in_transaction_session_timeout') as idle, current_setting('transaction_isolation') as isolation`,
);

describe('the transaction of a projection', () => {
  let database: TestDatabase;
  let engines: Engine[];
  let way: TcpProxy;

  beforeEach(async () => {
    engines = [];
    database = await createTestDatabase();
    way = await createTcpProxy(database.url);
    const client = await database.client();
    await client.query('create table totals (n integer not null)');
    await client.query('insert into totals values (0)');
    await client.end();
  });

  afterEach(async () => {
    way.cut();
    way.restore();
    way.thaw();
    await Promise.all(engines.map(({ manager }) => manager.stop()));
    await database.drop();
    await way.close();
  });

  it('holds its locks no longer than the limit when its process freezes, and another owner does the work', async () => {
    const locked = Promise.withResolvers<void>();
    const count = async (manager: unknown): Promise<void> => {
      await (manager as EntityManager).query('update totals set n = n + 1');
    };
    const frozen = createEngine(
      await database.connect({ url: way.url }),
      [
        countedProjection(async (_event, { manager }) => {
          await count(manager);
          locked.resolve();
          await new Promise(() => undefined);
        }),
      ],
      { leaseTtlMs: 500, processingTimeoutMs: 1_500, drainTimeoutMs: 0 },
    );
    const heir = createEngine(
      await database.connect(),
      [countedProjection(async (_event, { manager }) => count(manager))],
      { leaseTtlMs: 500 },
    );
    engines.push(frozen, heir);
    const { position } = await heir.store.append('s-1', [new Counted(0, 1)]);
    await frozen.manager.start();
    await locked.promise;
    way.freeze();
    await heir.manager.start();
    await heir.manager.waitFor(position, { subscription: SUBSCRIPTION, timeoutMs: 60_000 });
    expect(await heir.database.dataSource.query('select n from totals')).toEqual([{ n: 1 }]);
  });

  it.each([
    ['notices', true],
    ['is done without a look', false],
  ])('fails as the database, not as the event, where the server has ended it and the handler %s', async (_, asks) => {
    const one = openDatabase(await database.connect({ url: way.url }));
    const watcher = await database.client();
    const work = async (manager: EntityManager | undefined): Promise<void> => {
      await manager?.query('update totals set n = 7');
      way.freeze();
      await eventually(async () => {
        const { rows } = await watcher.query(
          `select from pg_stat_activity where datname = current_database() and state = 'idle in transaction'`,
        );
        return rows.length === 0;
      });
      way.thaw();
      if (asks) await manager?.query('select 1');
      else await eventually(() => manager?.queryRunner?.isReleased);
    };
    const lost: unknown = await (
      asks
        ? new PostgresCheckpointStore(one, 300).advance(LEASE, 1n, work)
        : one.transaction(work, { idleTimeoutMs: 300 })
    ).catch((error: unknown) => error);
    expect([String(lost), isConnectionError(lost)]).toEqual([String(lost), true]);
    expect((await watcher.query('select n from totals')).rows).toEqual([{ n: 0 }]);
    await watcher.end();
  });

  it('may lie idle for as long as its handlers take while its process is alive', async () => {
    const one = openDatabase(await database.connect());
    const startedAt = performance.now();
    await one.transaction(
      async (manager) => {
        await manager.query('update totals set n = 5');
        await eventually(() => performance.now() - startedAt > 5_000);
      },
      // Long enough that a busy machine does not look like a frozen process.
      { idleTimeoutMs: 3_000 },
    );
    expect(await one.dataSource.query('select n from totals')).toEqual([{ n: 5 }]);
  });

  it('gets its limit without a message of its own, is READ COMMITTED whatever the app prefers, and leaves no trace', async () => {
    const recorded = recordQueries();
    const dataSource = await database.connect({ ...recorded.options, poolSize: 1, isolationLevel: 'SERIALIZABLE' });
    const one = openDatabase(dataSource);
    const seen = await one.transaction((manager) => one.query(SHOW_LIMIT, [], manager), { idleTimeoutMs: 1_234 });
    expect(seen).toEqual([{ idle: '1234ms', isolation: 'read committed' }]);
    expect(await one.query(SHOW_LIMIT)).toEqual([{ idle: '0', isolation: 'read committed' }]);
    expect([...recorded.queries].filter((query) => /isolation|idle/i.test(query))).toEqual([
      'SET TRANSACTION ISOLATION LEVEL SERIALIZABLE',
    ]);
  });
});
