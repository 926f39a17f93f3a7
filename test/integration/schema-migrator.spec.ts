import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { NestFactory } from '@nestjs/core';
import { TypeOrmModule } from '@nestjs/typeorm';
import type pg from 'pg';
import {
  EventSourcingModule,
  InvalidArgumentError,
  SchemaMigrator,
  SchemaOutdatedError,
  SchemaTooNewError,
} from '@tidemark/event-sourcing';
import {
  countMigrations,
  createMigrationFolder,
  type MigrationFolder,
  MIGRATIONS,
} from '../support/migration-folder.js';
import { waitersForLocks } from '../support/lock-waiters.js';
import { recordQueries } from '../support/query-recorder.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';
import { createTestRoles, type TestRoles } from '../support/test-roles.js';

describe('SchemaMigrator', () => {
  const { logger } = recordQueries().options;
  let database: TestDatabase;
  let client: pg.Client;
  let folder: MigrationFolder;
  let roles: TestRoles;

  beforeEach(async () => {
    database = await createTestDatabase('empty');
    client = await database.client();
    folder = await createMigrationFolder();
    roles = createTestRoles(database, 'tidemark');
  });

  afterEach(async () => {
    await client.end();
    await roles.drop();
    await database.drop();
    await folder.remove();
  });

  function migrator(schema = 'tidemark', path = MIGRATIONS, url = database.url): SchemaMigrator {
    return new SchemaMigrator({ type: 'postgres', url, logger }, schema, path);
  }

  async function namesIn(schema: string): Promise<string[]> {
    const { rows } = await client.query<{ name: string }>(
      'select relname as name from pg_class where relnamespace = (select oid from pg_namespace where nspname = $1)',
      [schema],
    );
    return rows.map(({ name }) => name);
  }

  async function startApp(): Promise<unknown> {
    const app = {
      module: class App {},
      imports: [
        TypeOrmModule.forRootAsync({
          useFactory: () => ({ type: 'postgres' }),
          // An app that does not start leaves its connections to the end of its process.
          dataSourceFactory: () => database.connect(),
        }),
        EventSourcingModule.forRoot(),
      ],
    };
    return NestFactory.createApplicationContext(app, { logger: false, abortOnError: false });
  }

  it('refuses a newer schema, in every way, and changes nothing', async () => {
    await folder.add('from_the_future', 'create table future ();', 'drop table future;');
    await migrator('tidemark', folder.path).up();
    const before = await namesIn('tidemark');
    const unknown = [expect.stringMatching(/^\d{4}_from_the_future/)];
    const attempts = [() => migrator().up(), () => migrator().down(), () => migrator().verify(), startApp];
    for (const attempt of attempts) {
      const error: unknown = await attempt().catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(SchemaTooNewError);
      expect(error).toMatchObject({ code: 'SCHEMA_TOO_NEW', schema: 'tidemark', unknown });
      expect((error as Error).message).toContain('from_the_future');
    }
    expect(await namesIn('tidemark')).toEqual(before);
    expect((await migrator().status()).unknown).toEqual(unknown);
  });

  it('refuses to start an app on a schema that lacks migrations, unless it is told to run them', async () => {
    await migrator().up();
    await migrator().down();
    const pending = (await migrator().status()).pending;
    expect(pending).toHaveLength(1);
    for (const attempt of [() => migrator().verify(), startApp]) {
      const error: unknown = await attempt().catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(SchemaOutdatedError);
      expect(error).toMatchObject({ code: 'SCHEMA_OUTDATED', schema: 'tidemark', pending });
    }
  });

  it('leaves nothing behind when a migration fails half-way, up or down', async () => {
    await folder.add('broken', 'create table half_way (); select 1 / 0;');
    await expect(migrator('tidemark', folder.path).up()).rejects.toMatchObject({ driverError: { code: '22012' } });
    expect((await client.query("select from pg_namespace where nspname = 'tidemark'")).rowCount).toBe(0);

    await migrator().up();
    const before = await namesIn('tidemark');
    await expect(migrator('tidemark', folder.path).up()).rejects.toThrow('division by zero');
    expect(await namesIn('tidemark')).toEqual(before);

    const other = await createMigrationFolder();
    try {
      await other.add('one_way', 'create table one_way ();', 'drop table one_way; select 1 / 0;');
      await migrator('tidemark', other.path).up();
      await expect(migrator('tidemark', other.path).down()).rejects.toThrow('division by zero');
      expect(await namesIn('tidemark')).toContain('one_way');
      expect((await migrator('tidemark', other.path).status()).pending).toEqual([]);
    } finally {
      await other.remove();
    }
  });

  it('can go on after a failure', async () => {
    await folder.add('broken', 'select 1 / 0;');
    await expect(migrator('tidemark', folder.path).up()).rejects.toThrow();
    expect(await migrator().up()).toHaveLength(await countMigrations());
  });

  it.each(['Tide$Mark', 'a$$b', 'select', '_', 'x'.repeat(63)])(
    'migrates a schema named %s, up and down',
    async (schema) => {
      expect(await migrator(schema).up()).toHaveLength(await countMigrations());
      expect(await namesIn(schema)).toEqual(expect.arrayContaining(['events', 'leases', 'migrations']));
      await migrator(schema).verify();
      expect(await migrator(schema).up()).toEqual([]);
      while ((await migrator(schema).down()) !== undefined);
      expect(await namesIn(schema)).not.toContain('events');
    },
  );

  it('refuses unusable schema names before it touches anything', async () => {
    for (const schema of ['', 'pg_tidemark', 'PG_x', '1st', 'a"b', 'a b', 'a;b', 'täglich', 'x'.repeat(64)]) {
      await expect(migrator(schema).up()).rejects.toBeInstanceOf(InvalidArgumentError);
    }
    const { rows } = await client.query("select nspname from pg_namespace where nspname !~ '^(pg_|information_)'");
    expect(rows).toEqual([{ nspname: 'public' }]);
  });

  it("leaves the app's own migrations alone", async () => {
    await client.query(
      'create table migrations (id serial primary key, timestamp bigint not null, name varchar not null)',
    );
    await client.query("insert into migrations (timestamp, name) values (1, 'Own1')");
    await migrator().up();
    await migrator().down();
    expect((await client.query('select id, timestamp, name from migrations')).rows).toEqual([
      { id: 1, timestamp: '1', name: 'Own1' },
    ]);
    expect(await namesIn('public')).toHaveLength(3);
  });

  it('keeps two schemas of one database apart', async () => {
    await migrator('one').up();
    await migrator('two').up();
    await migrator('one').down();
    expect((await migrator('one').status()).pending).toHaveLength(1);
    expect((await migrator('two').status()).pending).toEqual([]);
  });

  it('needs no right to create schemas where its role owns one', async () => {
    const url = await roles.user('migrator', '');
    const user = new URL(url).username;
    await client.query(`create schema tidemark authorization ${user}`);
    expect(await migrator('tidemark', MIGRATIONS, url).up()).toHaveLength(await countMigrations());
    const { rows } = await client.query(`select has_database_privilege($1, current_database(), 'create') as may`, [
      user,
    ]);
    expect(rows).toEqual([{ may: false }]);
    expect(await migrator('tidemark', MIGRATIONS, url).down()).toBeDefined();
  });

  it('changes nothing on the connections of the app', async () => {
    const { queries, options } = recordQueries();
    const settings = { poolSize: 1, extra: { options: '-c search_path=public,pg_temp' }, ...options };
    const dataSource = await database.connect(settings);
    await new SchemaMigrator(dataSource.options, 'tidemark', MIGRATIONS).up();
    expect(await dataSource.query('show search_path')).toEqual([{ search_path: 'public,pg_temp' }]);
    // Behind a pooler the connection goes on to somebody else.
    const lasting = [...queries].filter((query) => /^set (?!local|transaction)|set_config.*false\)/i.test(query));
    expect([...queries].filter((query) => query.startsWith('set local search_path'))).toHaveLength(2);
    expect(lasting).toEqual([]);
  });

  it('runs each migration in its own schema', async () => {
    await folder.add('path', 'create table path as select 1 as n;');
    await migrator('tidemark', folder.path).up();
    expect(await namesIn('tidemark')).toContain('path');
    expect(await namesIn('public')).toEqual([]);
  });

  it('waits for its turn and for a long migration, whatever time limits its role has', async () => {
    const url = await roles.user('hurried', '');
    const user = new URL(url).username;
    await client.query(`create schema tidemark authorization ${user}`);
    const { rows: limits } = await client.query<{ name: string }>(
      "select name from pg_settings where name ~ '^(statement|lock|idle_in_transaction_session|transaction)_timeout$'",
    );
    for (const { name } of limits) await client.query(`alter role ${user} set ${name} = '300ms'`);
    await client.query(`alter role ${user} set default_transaction_isolation = 'serializable'`);
    await folder.add('slow', 'select pg_sleep(0.6);');
    await client.query("select pg_advisory_lock(x'74646d6b'::int, hashtext('tidemark'))");
    const both = [migrator('tidemark', folder.path, url).up(), migrator('tidemark', folder.path, url).up()];
    await Promise.race([waitersForLocks(client, 2, '600 milliseconds'), ...both]);
    await client.query('select pg_advisory_unlock_all()');
    const executed = await Promise.all(both);
    expect(executed.map((names) => names.length).sort()).toEqual([0, (await countMigrations()) + 1]);
  });
});
