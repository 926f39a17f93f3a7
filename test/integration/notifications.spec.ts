import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type pg from 'pg';
import type { EntityManager } from 'typeorm';
import { SchemaMigrator } from '@tidemark/event-sourcing';
import { type PostgresDatabaseOptions, sqlStatement } from '../../libs/event-sourcing/src/database/index.js';
import { countedProjection, createEngine, type Engine } from '../support/engine.js';
import { eventually } from '../support/eventually.js';
import { Counted, createPostgresStore, type PostgresStore } from '../support/postgres-store.js';
import { createTcpProxy, type TcpProxy } from '../support/tcp-proxy.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

const SUBSCRIPTION = 'counted';
const CHANNEL = 'tidemark:tidemark';
/** So long that a test which sees something delivered has not seen it polled. */
const NO_POLLING = { minPollIntervalMs: 60_000, maxPollIntervalMs: 60_000, leaseTtlMs: 60_000 };
const POLLING = { minPollIntervalMs: 50, maxPollIntervalMs: 50, leaseTtlMs: 60_000 };
const PING = sqlStatement('ping', 'select 1 as pong');

describe('an append in one process', () => {
  let database: TestDatabase;
  let engines: Engine[];
  let proxies: TcpProxy[];
  let clients: pg.Client[];

  beforeEach(async () => {
    [engines, proxies, clients] = [[], [], []];
    database = await createTestDatabase();
    const client = await database.client();
    await client.query('create table seen (event_id uuid)');
    await client.end();
  });

  afterEach(async () => {
    for (const proxy of proxies) proxy.restore();
    await Promise.all(engines.map(({ manager }) => manager.stop()));
    await Promise.all(clients.map((client) => client.end()));
    await database.drop();
    await Promise.all(proxies.map((proxy) => proxy.close()));
  });

  async function reader(options = NO_POLLING, how: Partial<PostgresDatabaseOptions> = {}): Promise<Engine> {
    const projection = countedProjection(async ({ id }, { manager }) => {
      await (manager as EntityManager).query('insert into seen values ($1)', [id]);
    });
    const engine = createEngine(await database.connect(), [projection], options, how);
    engines.push(engine);
    await engine.manager.start();
    await eventually(async () => (await engine.manager.status())[0]?.state === 'live');
    return engine;
  }

  async function writer(how: Partial<PostgresDatabaseOptions> = {}): Promise<PostgresStore> {
    return createPostgresStore(await database.connect(), how);
  }

  async function proxy(): Promise<TcpProxy> {
    const created = await createTcpProxy(database.url);
    proxies.push(created);
    return created;
  }

  const append = async ({ store }: PostgresStore, n = 0): Promise<bigint> =>
    (await store.append(`s-${n}`, [new Counted(0, n)])).position;

  const arrived = ({ manager }: Engine, position: bigint): Promise<void> =>
    manager.waitFor(position, { subscription: SUBSCRIPTION, timeoutMs: 60_000 });

  /** Messages of the channels, in their order; `until` waits for one. */
  async function overhear(...channels: readonly string[]) {
    const client = await database.client();
    clients.push(client);
    const heard: string[] = [];
    client.on('notification', ({ channel, payload = '' }) => heard.push(`${channel} ${payload}`));
    for (const channel of channels) await client.query(`listen "${channel}"`);
    return {
      heard,
      mark: (text: string) => client.query('select pg_notify($1, $2)', [channels[0], text]),
    };
  }

  async function ended({ heard, mark }: Awaited<ReturnType<typeof overhear>>): Promise<readonly string[]> {
    await mark('end');
    await eventually(() => heard.at(-1)?.endsWith(' end') === true);
    return heard.slice(0, -1);
  }

  async function timesSeen({ database: { dataSource } }: Engine): Promise<readonly { events: number; rows: number }[]> {
    return dataSource.query('select count(distinct event_id)::int as events, count(*)::int as rows from seen');
  }

  it('is delivered in another at once, whatever the interval of polling', async () => {
    const [one, other] = [await reader(), await writer()];
    for (let n = 0; n < 5; n++) await arrived(one, await append(other, n));
    expect(await timesSeen(one)).toEqual([{ events: 5, rows: 5 }]);
  });

  it('is told of once every ten milliseconds at most, however many there are', async () => {
    const [one, other, ear] = [await reader(), await writer(), await overhear(CHANNEL)];
    const startedAt = performance.now();
    const positions: bigint[] = [];
    await Promise.all(
      [0, 1, 2, 3].map(async (n) => {
        for (let count = 0; count < 50; count++) positions.push(await append(other, n));
      }),
    );
    await other.database.notifications.close();
    const elapsedMs = performance.now() - startedAt;
    const heard = await ended(ear);
    expect(heard.length).toBeGreaterThan(1);
    expect(heard.length).toBeLessThanOrEqual(elapsedMs / 10 + 2);
    await arrived(
      one,
      positions.reduce((most, position) => (position > most ? position : most)),
    );
    expect(await timesSeen(one)).toEqual([{ events: 200, rows: 200 }]);
  });

  it('is handled once however many wake-ups come at once', async () => {
    const [one, other, third] = [await reader(), await writer(), await writer()];
    const positions = await Promise.all(
      Array.from({ length: 20 }, async (_, n) => {
        const position = await append(n % 2 === 0 ? other : third, n);
        for (let count = 0; count < 20; count++) one.wakeUps.notify();
        return position;
      }),
    );
    for (const position of positions) await arrived(one, position);
    expect(await timesSeen(one)).toEqual([{ events: 20, rows: 20 }]);
  });

  it('joined to a transaction of the app is told of after its commit, not before and not if it is rolled back', async () => {
    const [one, other, ear] = [await reader(), await writer(), await overhear(CHANNEL)];
    const { dataSource } = other.database;
    let position = 0n;
    await dataSource.transaction(async (outer) => {
      await outer.transaction(async (inner) => {
        ({ position } = await other.store.append('s-1', [new Counted(0, 1)], { manager: inner }));
      });
      // One after the other on this connection: what was to be sent before is sent.
      await other.database.control.query(PING);
      await ear.mark('uncommitted');
    });
    await arrived(one, position);
    const undone = dataSource.transaction(async (manager) => {
      await other.store.append('s-2', [new Counted(0, 2)], { manager });
      throw new Error('undone');
    });
    await expect(undone).rejects.toThrow('undone');
    await other.database.notifications.close();
    const heard = await ended(ear);
    expect(heard).toHaveLength(2);
    expect(heard[0]).toBe(`${CHANNEL} uncommitted`);
  });

  it('wakes the process itself once, not again by its own notification', async () => {
    const [one, other] = [await writer(), await writer()];
    const woken = { one: 0, other: 0 };
    one.wakeUps.subscribe(() => woken.one++);
    other.wakeUps.subscribe(() => woken.other++);
    const [atFirst] = await Promise.all(
      [one, other].map(async ({ database: { control } }, n) => {
        // Both listen, and have been woken for it.
        await eventually(() => [woken.one, woken.other][n]! > 0);
        await control.query(PING);
        return { ...woken };
      }),
    );
    await append(one);
    await one.database.notifications.close();
    for (const { database: store } of [one, other]) await store.control.query(PING);
    expect(woken.one - atFirst!.one).toBe(1);
    expect(woken.other).toBeGreaterThan(atFirst!.other);
  });

  it('is found by polling while the connection is away', async () => {
    const way = await proxy();
    const [one, other] = [await reader(POLLING, { directUrl: way.url }), await writer()];
    way.cut();
    for (let n = 0; n < 3; n++) await arrived(one, await append(other, n));
    await eventually(() => way.refused > 0);
    await arrived(one, await append(other, 3));
  });

  it('is not missed where it fell into the time without a connection, though nothing polls', async () => {
    const way = await proxy();
    const [one, other] = [await reader(NO_POLLING, { directUrl: way.url }), await writer()];
    await arrived(one, await append(other, 0));
    way.cut();
    await eventually(() => way.refused > 0);
    const missed = await append(other, 1);
    await other.database.notifications.close();
    way.restore();
    await arrived(one, missed);
    const third = await writer();
    for (let n = 2; n < 5; n++) await arrived(one, await append(third, n));
  });

  it('is delivered again after an operator has ended the connections of both processes', async () => {
    const [one, other] = [await reader(), await writer()];
    await arrived(one, await append(other, 0));
    const killed = await one.database.dataSource.query<object[]>(
      `select pg_terminate_backend(pid, 5000) from pg_stat_activity
       where datname = current_database() and application_name = 'tidemark control'`,
    );
    expect(killed).toHaveLength(2);
    for (let n = 1; n < 5; n++) await arrived(one, await append(other, n));
    expect(await timesSeen(one)).toEqual([{ events: 5, rows: 5 }]);
  });

  it('goes with one in the control plane: pauses and what follows them are seen before anybody looks by himself', async () => {
    const [one, other] = [
      await reader(),
      createEngine(await database.connect(), [countedProjection(async () => undefined)]),
    ];
    engines.push(other);
    const startedAt = performance.now();
    const rounds = 6;
    for (let n = 0; n < rounds; n++) {
      await other.manager.pause(SUBSCRIPTION, 'a look at the books');
      await eventually(async () => (await one.manager.status())[0]?.state === 'paused');
      await other.manager.resume(SUBSCRIPTION);
      await eventually(async () => (await one.manager.status())[0]?.state === 'live');
    }
    // Each of them took a second on its own: the next look of the coordinator.
    expect(performance.now() - startedAt).toBeLessThan(rounds * 1_000);
  });

  it('is told to nobody and listened for by nobody where notifications are off, and found by polling', async () => {
    const [way, ear] = [await proxy(), await overhear(CHANNEL)];
    const [off, on] = [{ notifications: false, directUrl: way.url }, await proxy()];
    const [one, other] = [await reader(POLLING, off), await writer(off)];
    await arrived(one, await append(other, 0));
    await other.database.notifications.close();
    expect(await ended(ear)).toEqual([]);
    expect(way.sent).toContain('renew_member');
    expect(way.sent).not.toMatch(/listen|pg_notify/);
    // The same with notifications, to see that this would have been seen.
    (await writer({ directUrl: on.url })).wakeUps.subscribe(() => undefined);
    await eventually(() => on.sent.includes(`listen "${CHANNEL}"`));
  });

  it('wakes nobody who works on another schema of the same database', async () => {
    const long = 'x'.repeat(63);
    for (const schema of ['other', long]) {
      await new SchemaMigrator((await database.connect()).options, schema).up();
    }
    const [one, same] = [await reader(), await writer()];
    await arrived(one, await append(same, 0));
    let woken = 0;
    one.wakeUps.subscribe(() => woken++);
    for (const schema of ['other', long]) {
      const stranger = await writer({ schema });
      await append(stranger);
      await stranger.database.notifications.close();
    }
    await append(same, 1);
    await same.database.notifications.close();
    // An answer comes after the notifications that were there before.
    await one.database.control.query(PING);
    expect(woken).toBe(1);
  });
});
