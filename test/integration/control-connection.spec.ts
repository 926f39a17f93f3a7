import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  ControlConnectionError,
  isConnectionError,
  sqlStatement,
} from '../../libs/event-sourcing/src/database/index.js';
import { countedProjection, createEngine, type Engine } from '../support/engine.js';
import { eventually } from '../support/eventually.js';
import { closeDatabases, openDatabase } from '../support/open-database.js';
import { Counted } from '../support/postgres-store.js';
import { createTcpProxy, type TcpProxy } from '../support/tcp-proxy.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';
import { createTestRoles } from '../support/test-roles.js';

const PID = sqlStatement('pid', 'select pg_backend_pid() as pid');
const WHO = sqlStatement('who', 'select current_user::text as name');
const BIG = sqlStatement('big', 'select $1::bigint as n');
const PREPARED = sqlStatement('prepared', 'select name from pg_prepared_statements order by name');
const SESSIONS = `select application_name as name, count(*)::int as count from pg_stat_activity
                  where datname = current_database() and pid <> pg_backend_pid() group by 1 order by 1`;
/** Longer than a busy machine stands still. */
const LEASE_TTL_MS = 4_000;

describe('the control connection', () => {
  let database: TestDatabase;
  let engines: Engine[];
  let proxies: TcpProxy[];

  beforeEach(async () => {
    [engines, proxies] = [[], []];
    database = await createTestDatabase();
  });

  afterEach(async () => {
    for (const proxy of proxies) proxy.restore();
    for (const proxy of proxies) proxy.thaw();
    await Promise.all(engines.map(({ manager }) => manager.stop()));
    await database.drop();
    await Promise.all(proxies.map((proxy) => proxy.close()));
  });

  async function proxy(): Promise<TcpProxy> {
    const created = await createTcpProxy(database.url);
    proxies.push(created);
    return created;
  }

  async function sessions(): Promise<readonly { name: string; count: number }[]> {
    const client = await database.client();
    const { rows } = await client.query<{ name: string; count: number }>(SESSIONS);
    await client.end();
    return rows;
  }

  async function engine(poolSize: number, handle: () => Promise<void>): Promise<Engine> {
    const projection = { ...countedProjection(handle), partitions: 2 };
    const created = createEngine(await database.connect({ poolSize }), [projection], { leaseTtlMs: LEASE_TTL_MS });
    engines.push(created);
    return created;
  }

  it('keeps the leases while the whole pool is taken for longer than they last', async () => {
    const one = await engine(2, async () => undefined);
    const other = await engine(10, async () => undefined);
    const leases = async (): Promise<readonly { epoch: string; owner: string; ms: number }[]> =>
      other.database.dataSource.query(
        `select epoch, owner, 1000 * extract(epoch from expires_at)::float8 as ms
         from tidemark.leases order by partition`,
      );
    await one.manager.start();
    await eventually(async () => (await one.manager.status())[0]?.state === 'live');
    const before = await leases();
    const { dataSource } = one.database;
    const runners = [dataSource.createQueryRunner(), dataSource.createQueryRunner()];
    await Promise.all(runners.map((runner) => runner.connect()));
    // Another one that would take what expires.
    const takers = [0, 1].map(
      (partition) => () => other.leases.acquire({ subscription: 'counted', partition }, 'o', 1),
    );
    const until = Math.max(...before.map(({ ms }) => ms)) + LEASE_TTL_MS / 2;
    const taken: unknown[] = [];
    try {
      await eventually(
        async () => {
          for (const take of takers) taken.push(await take());
          return leases();
        },
        (rows) => taken.some((lease) => lease !== undefined) || rows.every(({ ms }) => ms > until),
      );
    } finally {
      await Promise.all(runners.map((runner) => runner.release()));
    }
    expect(taken.filter((lease) => lease !== undefined)).toEqual([]);
    const after = await leases();
    expect(after.map(({ epoch, owner }) => ({ epoch, owner }))).toEqual(
      before.map(({ epoch, owner }) => ({ epoch, owner })),
    );
  });

  it('keeps a lease that it has taken while the claim of the checkpoint waits for the pool', async () => {
    const gate = Promise.withResolvers<void>();
    const one = await engine(2, async () => undefined);
    const claim = one.checkpoints.claim.bind(one.checkpoints);
    one.checkpoints.claim = async (...args) => {
      await gate.promise;
      return claim(...args);
    };
    const expiries = async (): Promise<number[]> => {
      const rows: { ms: number }[] = await one.database.dataSource.query(
        `select 1000 * extract(epoch from expires_at)::float8 as ms from tidemark.leases order by partition`,
      );
      return rows.map(({ ms }) => ms);
    };
    await one.manager.start();
    const before = await eventually(expiries, (found) => found.length === 2);
    await eventually(expiries, (found) => found.every((ms, n) => ms > (before[n] ?? 0) + LEASE_TTL_MS));
    gate.resolve();
    await eventually(async () => (await one.manager.status())[0]?.state === 'live');
    expect(await one.leases.list()).toMatchObject([{ epoch: 1n }, { epoch: 1n }]);
  });

  it('keeps the leases while slow handlers hold the whole pool', async () => {
    const gate = Promise.withResolvers<void>();
    let entered = 0;
    const one = await engine(2, async () => {
      entered += 1;
      await gate.promise;
    });
    const other = await engine(10, () => Promise.resolve());
    // Streams of both partitions.
    for (let n = 0; n < 20; n++) await other.store.append(`s-${n}`, [new Counted(0, n)]);
    await one.manager.start();
    await eventually(() => entered === 2);
    const heartbeats: unknown[] = [];
    const { renew } = one.leases;
    one.leases.renew = async (...args) => {
      const kept = await renew.apply(one.leases, args);
      heartbeats.push(kept.length);
      return kept;
    };
    await eventually(() => heartbeats.length >= 4);
    expect(new Set(heartbeats)).toEqual(new Set([2]));
    expect(await other.leases.list()).toMatchObject([{ epoch: 1n }, { epoch: 1n }]);
    gate.resolve();
  });

  it('is one, opened when it is needed, and shows under its own name', async () => {
    const one = openDatabase(await database.connect({ poolSize: 1, applicationName: 'shop' }));
    expect(await sessions()).toEqual([{ name: 'shop', count: 1 }]);
    const pids = await Promise.all(Array.from({ length: 50 }, () => one.control.query<{ pid: number }>(PID)));
    expect(new Set(pids.flat().map(({ pid }) => pid)).size).toBe(1);
    expect(await sessions()).toEqual([
      { name: 'shop', count: 1 },
      { name: 'tidemark control', count: 1 },
    ]);
    await one.close();
    await eventually(async () => (await sessions()).length === 1);
    const refused: unknown = await one.control.query(PID).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(ControlConnectionError);
    expect((refused as Error).message).toContain('closed');
  });

  it.each([
    [true, [{ name: 'big@tidemark' }, { name: 'prepared@tidemark' }]],
    [false, []],
  ])('treats statements and values as the pool does, prepared: %s', async (preparedStatements, names) => {
    const one = openDatabase(await database.connect(), { preparedStatements });
    for (let n = 0; n < 3; n++) {
      expect(await one.control.query(BIG, [9007199254740993n])).toEqual([{ n: 9007199254740993n }]);
    }
    expect(await one.control.query(PREPARED)).toEqual(names);
  });

  it('connects as the DataSource does, password function and all, or to an address of its own', async () => {
    const roles = createTestRoles(database, 'tidemark');
    const { hostname: host, port, username, password: secret, pathname } = new URL(await roles.user('asked', ''));
    // 0 for good where the server trusts whoever comes.
    let asked = 0;
    const password = (): string => {
      asked += 1;
      return secret;
    };
    const address = { url: undefined, host, port: Number(port || 5432), username, password };
    const dataSource = await database.connect({ ...address, database: pathname.slice(1), poolSize: 1 });
    const perConnection = asked;
    const [user] = await openDatabase(dataSource).control.query<{ name: string }>(WHO);
    expect(user).toEqual({ name: username });
    expect(asked).toBe(2 * perConnection);
    const way = await proxy();
    const [other] = await openDatabase(dataSource, { directUrl: way.url }).control.query<{ name: string }>(WHO);
    expect(other).toEqual({ name: new URL(way.url).username });
    expect(way.sent).toContain('current_user');
    await closeDatabases([dataSource]);
    await roles.drop();
  });

  it('is opened again when the server ends it, without a failure', async () => {
    const one = openDatabase(await database.connect());
    const client = await database.client();
    const pids = new Set<number>();
    for (let n = 0; n < 5; n++) {
      const [row] = await one.control.query<{ pid: number }>(PID);
      pids.add(row!.pid);
      await client.query('select pg_terminate_backend($1, 5000)', [row!.pid]);
    }
    expect(pids.size).toBe(5);
    await client.end();
  });

  it('is opened again when the server no longer answers on it', async () => {
    const way = await proxy();
    const one = openDatabase(await database.connect(), { directUrl: way.url });
    await one.control.query(PID);
    way.freeze();
    const startedAt = performance.now();
    expect(await one.control.query(BIG, [1n])).toEqual([{ n: 1n }]);
    expect(performance.now() - startedAt).toBeLessThan(5_000);
  });

  it('fails in time where there is no server, all who wait together, and is back by itself', async () => {
    const way = await proxy();
    const one = openDatabase(await database.connect(), { directUrl: way.url });
    way.cut();
    const startedAt = performance.now();
    const failures = await Promise.all(
      Array.from({ length: 20 }, () => one.control.query(PID).catch((error: unknown) => error)),
    );
    expect(performance.now() - startedAt).toBeLessThan(8_000);
    for (const failure of failures) {
      expect(failure).toBeInstanceOf(ControlConnectionError);
      expect(isConnectionError(failure)).toBe(true);
    }
    way.restore();
    const back = await eventually(() => one.control.query<{ pid: number }>(PID).catch(() => []));
    expect(back).toHaveLength(1);
  });

  it('ends with the app although the server no longer answers', async () => {
    const way = await proxy();
    const one = openDatabase(await database.connect(), { directUrl: way.url });
    await one.control.query(PID);
    way.freeze();
    const startedAt = performance.now();
    await one.close();
    expect(performance.now() - startedAt).toBeLessThan(3_000);
  });
});
