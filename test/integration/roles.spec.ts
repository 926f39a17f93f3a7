import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import type { DataSource } from 'typeorm';
import { ConcurrencyError, DomainEvent, SchemaMigrator } from '@tidemark/event-sourcing';
import {
  EventContext,
  EventSerializer,
  EventTypeRegistry,
  Instrumentation,
} from '../../libs/event-sourcing/src/core/index.js';
import { type PostgresDatabase, PostgresLeaseStore, sqlStateOf } from '../../libs/event-sourcing/src/database/index.js';
import {
  PostgresEventStorage,
  PostgresSnapshotStore,
  StorageEventStore,
} from '../../libs/event-sourcing/src/event-store/index.js';
import { PostgresCheckpointStore } from '../../libs/event-sourcing/src/subscriptions/index.js';
import { MIGRATIONS } from '../support/migration-folder.js';
import { catalogueOf } from '../support/schema-catalogue.js';
import { openDatabase } from '../support/open-database.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';
import { createTestRoles, type TestRoles } from '../support/test-roles.js';

const SCHEMA = 'Tide$Mark';
const S = `"${SCHEMA}"`;
const EVENT_ROW = `insert into ${S}.events
  select 1000, 'door-2', 1, gen_random_uuid(), 'door.opened', 1, 'door', null, 0, '{}', '{}', now(), now()`;

@DomainEvent('door.opened')
class DoorOpened {
  constructor(readonly by: string) {}
}

describe('docker/postgres/roles.sql', () => {
  let database: TestDatabase;
  let roles: TestRoles;
  const clients: pg.Client[] = [];
  let admin: pg.Client;
  let owner: pg.Client;
  let app: pg.Client;
  let readonly: pg.Client;
  let appUrl: string;
  let appDataSource: DataSource;
  let store: StorageEventStore;
  let asApp: PostgresDatabase;

  beforeAll(async () => {
    database = await createTestDatabase('empty');
    roles = createTestRoles(database, SCHEMA);
    admin = await connect(database.url);
    const setUpUrl = await roles.user('set_up', 'createrole');
    await admin.query(
      `grant create on database ${new URL(database.url).pathname.slice(1)} to ${new URL(setUpUrl).username}`,
    );
    await roles.grant(setUpUrl);

    const deployUrl = await roles.user('deploy', `in role ${roles.owner}`);
    await admin.query(`alter role ${new URL(deployUrl).username} set role to ${roles.owner}`);
    await new SchemaMigrator({ type: 'postgres', url: deployUrl }, SCHEMA, MIGRATIONS).up();

    appUrl = await roles.user('orders', `in role ${roles.app}`);
    appDataSource = await roles.connect(appUrl);
    asApp = openDatabase(appDataSource, { schema: SCHEMA });
    store = new StorageEventStore({
      storage: new PostgresEventStorage(asApp),
      serializer: new EventSerializer(new EventTypeRegistry().register(DoorOpened)),
      context: new EventContext(),
      instrumentation: new Instrumentation(),
    });
    await store.append('door-1', [new DoorOpened('ada'), new DoorOpened('bob')]);
    [owner, app, readonly] = await Promise.all([
      connect(deployUrl),
      connect(appUrl),
      roles.user('reports', `in role ${roles.readonly}`).then(connect),
    ]);
  });

  afterAll(async () => {
    await Promise.all(clients.map((client) => client.end()));
    await roles.drop();
    await database.drop();
  });

  async function connect(url: string): Promise<pg.Client> {
    const client = new pg.Client({ connectionString: url });
    clients.push(client);
    await client.connect();
    return client;
  }

  /** What came of each statement: its SQLSTATE, or `done`. */
  async function outcomes(client: pg.Client, statements: readonly string[]): Promise<Record<string, string>> {
    const found: Record<string, string> = {};
    for (const statement of statements) {
      found[statement] = await client.query(statement).then(
        () => 'done',
        (error: unknown) => sqlStateOf(error) ?? String(error),
      );
    }
    return found;
  }

  const all = (statements: readonly string[], outcome: string): Record<string, string> =>
    Object.fromEntries(statements.map((statement) => [statement, outcome]));

  it('can be run again, before and after migrating, and changes nothing', async () => {
    const before = await catalogueOf(admin, SCHEMA);
    await roles.grant();
    expect(await catalogueOf(admin, SCHEMA)).toEqual(before);
    const { rows } = await admin.query<{ owner: string }>(
      'select distinct tableowner as owner from pg_tables where schemaname = $1',
      [SCHEMA],
    );
    expect(rows).toEqual([{ owner: roles.owner }]);
  });

  it('lets the app append, read and verify the schema through the library', async () => {
    const appended = await store.append('door-1', [new DoorOpened('eve')], { expectedVersion: 2 });
    expect(appended).toMatchObject({ version: 3, repeated: false });
    await expect(store.append('door-1', [new DoorOpened('x')], { expectedVersion: 'noStream' })).rejects.toBeInstanceOf(
      ConcurrencyError,
    );
    const seen: string[] = [];
    for await (const event of store.readAll()) seen.push((event.data as DoorOpened).by);
    expect(seen).toEqual(['ada', 'bob', 'eve']);
    expect(await store.horizon()).toMatchObject({ horizon: appended.position });
    await new SchemaMigrator({ type: 'postgres', url: appUrl }, SCHEMA, MIGRATIONS).verify();
  });

  it('lets the app append in a transaction of its own, and roll it back', async () => {
    const failed = appDataSource.transaction(async (manager) => {
      await store.append('door-9', [new DoorOpened('x')], { manager });
      throw new Error('changed my mind');
    });
    await expect(failed).rejects.toThrow('changed my mind');
    expect(await store.streamVersion('door-9')).toBe(0);
  });

  it('lets the app keep leases, checkpoints and snapshots', async () => {
    const leases = new PostgresLeaseStore(asApp);
    const checkpoints = new PostgresCheckpointStore(asApp);
    const lease = (await leases.acquire({ subscription: 'doors', partition: 0 }, 'here', 60_000))!;
    expect(await checkpoints.claim(lease)).toBe(0n);
    await admin.query('create table opened (by text)');
    await admin.query(`grant insert on opened to ${roles.app}`);
    await checkpoints.advance(lease, 2n, async (manager) => {
      await manager?.query("insert into opened values ('ada')");
    });
    expect(await checkpoints.list()).toMatchObject([{ position: 2n }]);
    expect((await admin.query('select by from opened')).rows).toEqual([{ by: 'ada' }]);
    expect(await leases.renew([lease], 60_000)).toEqual([lease]);
    await leases.release(lease);
    const snapshots = new PostgresSnapshotStore(asApp);
    expect(await snapshots.save({ streamId: 'door-1', version: 2, schemaVersion: 1, state: '{}' })).toBe(true);
    await snapshots.remove('door-1');
  });

  it('lets the app change nothing that was recorded, and no rule that protects it', async () => {
    const refused = [
      EVENT_ROW,
      `set tidemark.appending = '${await relationId('events')}'; ${EVENT_ROW}`,
      `update ${S}.events set type = 'x'`,
      `delete from ${S}.events`,
      `truncate ${S}.events`,
      `insert into ${S}.streams values ('a-1', 'a', null, 0, 5)`,
      `update ${S}.streams set version = 0`,
      `delete from ${S}.streams`,
      `truncate ${S}.streams`,
      `select nextval('${S}.event_position')`,
      `select setval('${S}.event_position', 1)`,
      `alter table ${S}.events disable trigger all`,
      `alter table ${S}.events drop column data`,
      `drop trigger events_append_only on ${S}.events`,
      `set session_replication_role = replica`,
      `drop function ${S}.refuse_event_change() cascade`,
      `create or replace function ${S}.refuse_event_change() returns trigger language sql as ''`,
      `create table ${S}.mine ()`,
      `insert into ${S}.migrations (timestamp, name) values (9, 'x')`,
      `delete from ${S}.migrations`,
      `truncate ${S}.snapshots`,
      `set role ${roles.owner}`,
    ];
    expect(await outcomes(app, refused)).toEqual(all(refused, '42501'));
    expect(await store.streamVersion('door-1')).toBe(3);
  });

  it('appends to the real tables, whatever the app puts into its own path', async () => {
    for (const table of ['events', 'streams']) await app.query(`create temp table ${table} (like ${S}.${table})`);
    await app.query('set search_path = pg_temp, public');
    await app.query(
      `select * from ${S}.append_events('{door-3}', '{null}', '{1}', '{-1}', '{1}', '{1}', array[gen_random_uuid()],
         '{door.opened}', '{1}', '[{}]', '[{}]', array[now()], true, true)`,
    );
    await app.query(
      `select * from ${S}.append_event('door-3', null, '1', -1, gen_random_uuid(), 'door.opened', '1', '{}', '{}', now())`,
    );
    expect((await app.query('select from pg_temp.events')).rowCount).toBe(0);
    expect(await store.streamVersion('door-3')).toBe(2);
  });

  it('lets the readers read everything and do nothing else', async () => {
    const { rows } = await admin.query<{ name: string }>(
      'select tablename as name from pg_tables where schemaname = $1',
      [SCHEMA],
    );
    const tables = rows.map(({ name }) => `${S}.${name}`);
    expect(tables.length).toBeGreaterThan(4);
    const reads = [...tables.map((table) => `select * from ${table}`), `select * from ${S}.feed_horizon()`];
    expect(await outcomes(readonly, reads)).toEqual(all(reads, 'done'));
    const writes = tables.flatMap((table) => [
      `insert into ${table} select * from ${table}`,
      `delete from ${table}`,
      `truncate ${table}`,
    ]);
    writes.push(
      `update ${S}.events set type = 'x'`,
      `update ${S}.checkpoints set position = 0`,
      `select nextval('${S}.event_position')`,
      `create table ${S}.mine ()`,
      `select ${S}.hold_horizon()`,
      `select * from ${S}.append_events('{a-1}', '{null}', '{1}', '{-1}', '{1}', '{1}', array[gen_random_uuid()],
         '{a}', '{1}', '[{}]', '[{}]', array[now()], true, true)`,
      `select * from ${S}.append_event('a-1', null, '1', -1, gen_random_uuid(), 'a', '1', '{}', '{}', now())`,
    );
    expect(await outcomes(readonly, writes)).toEqual(all(writes, '42501'));
  });

  it('holds the owner itself to the rules of the events table', async () => {
    expect(await outcomes(owner, [EVENT_ROW])).toEqual(all([EVENT_ROW], 'TM002'));
    const changes = [`update ${S}.events set type = 'x'`, `delete from ${S}.events`, `truncate ${S}.events`];
    changes.push(`delete from ${S}.events where false`);
    expect(await outcomes(owner, changes)).toEqual(all(changes, 'TM003'));
    expect(await store.streamVersion('door-1')).toBe(3);
  });

  it('covers the tables of later migrations too', async () => {
    await owner.query(`create table ${S}.later (n int)`);
    expect(await outcomes(app, [`insert into ${S}.later values (1)`, `truncate ${S}.later`])).toMatchObject({
      [`insert into ${S}.later values (1)`]: 'done',
      [`truncate ${S}.later`]: '42501',
    });
    expect((await readonly.query(`select n from ${S}.later`)).rows).toEqual([{ n: 1 }]);
    await owner.query(`drop table ${S}.later`);
  });

  it('shuts out who has none of the roles', async () => {
    const stranger = await connect(await roles.user('stranger', ''));
    const attempts = [`select * from ${S}.events`, `select * from ${S}.feed_horizon()`];
    expect(await outcomes(stranger, attempts)).toEqual(all(attempts, '42501'));
  });

  async function relationId(table: string): Promise<number> {
    const { rows } = await admin.query<{ oid: number }>(`select '${S}.${table}'::regclass::oid as oid`);
    return rows[0]!.oid;
  }
});
