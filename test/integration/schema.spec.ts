import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { glob, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type pg from 'pg';
import { SchemaMigrator } from '@tidemark/event-sourcing';
import { catalogueOf } from '../support/schema-catalogue.js';
import {
  countMigrations,
  createMigrationFolder,
  type MigrationFolder,
  MIGRATIONS,
} from '../support/migration-folder.js';
import { recordQueries } from '../support/query-recorder.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';
import { createTestRoles } from '../support/test-roles.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const SCHEMA = 'tidemark';

describe('the schema', () => {
  let database: TestDatabase;
  let client: pg.Client;
  let fresh: TestDatabase;
  let freshClient: pg.Client;
  const folders: MigrationFolder[] = [];

  beforeEach(async () => {
    database = await createTestDatabase('empty');
    client = await database.client();
    fresh = await createTestDatabase('empty');
    freshClient = await fresh.client();
  });

  afterEach(async () => {
    await Promise.all([client.end(), freshClient.end()]);
    await Promise.all([database.drop(), fresh.drop()]);
    await Promise.all(folders.splice(0).map((folder) => folder.remove()));
  });

  function migrator(folder = MIGRATIONS): SchemaMigrator {
    return new SchemaMigrator({ type: 'postgres', url: database.url }, SCHEMA, folder);
  }

  async function firstMigrations(count: number): Promise<string> {
    const folder = await createMigrationFolder(count);
    folders.push(folder);
    return folder.path;
  }

  async function recorded(): Promise<unknown[]> {
    return (await client.query<object>(`select id, timestamp, name from ${SCHEMA}.migrations order by id`)).rows;
  }

  async function downToZero(): Promise<void> {
    while ((await migrator().down()) !== undefined);
  }

  it('comes up on an empty database, and a second time there is nothing to do', async () => {
    expect(await migrator().up()).toHaveLength(await countMigrations());
    expect(await migrator().up()).toEqual([]);
    await expect(migrator().verify()).resolves.toBeUndefined();
    const { relations, functions, triggers } = await catalogueOf(client, SCHEMA);
    expect(relations).toContainEqual(expect.stringContaining('"relname":"events"'));
    expect(functions).toContainEqual(expect.stringContaining('append_events('));
    expect(triggers).toHaveLength(2);
  });

  it('is the same whether migrated at once or one migration at a time', async () => {
    for (let count = 1; count <= (await countMigrations()); count++) {
      expect(await migrator(await firstMigrations(count)).up()).toHaveLength(1);
    }
    await new SchemaMigrator({ type: 'postgres', url: fresh.url }, SCHEMA, MIGRATIONS).up();
    expect(await catalogueOf(client, SCHEMA)).toEqual(await catalogueOf(freshClient, SCHEMA));
    const { rows } = await freshClient.query<object>(
      `select id, timestamp, name from ${SCHEMA}.migrations order by id`,
    );
    expect(await recorded()).toEqual(rows);
  });

  it('is the same after each step down and up again', async () => {
    await migrator().up();
    const complete = await catalogueOf(client, SCHEMA);
    for (let steps = 1; steps <= (await countMigrations()); steps++) {
      for (let step = 0; step < steps; step++) await migrator().down();
      expect(await migrator().up()).toHaveLength(steps);
      expect(await catalogueOf(client, SCHEMA)).toEqual(complete);
    }
  });

  it('leaves nothing but the list of migrations behind when taken down to zero', async () => {
    await migrator().up();
    await downToZero();
    const { relations, functions, types, triggers } = await catalogueOf(client, SCHEMA);
    const names = relations?.map((row) => (JSON.parse(row) as { relname: string }).relname);
    expect(names?.filter((name) => !name.startsWith('migrations') && !name.startsWith('PK_'))).toEqual([]);
    expect({ functions, types, triggers }).toEqual({ functions: [], types: [], triggers: [] });
    expect(await recorded()).toEqual([]);
  });

  it('each step down undoes just what its step up did', async () => {
    const before: Record<string, string[]>[] = [];
    for (let count = 1; count <= (await countMigrations()); count++) {
      await migrator(await firstMigrations(count)).up();
      before.push(await catalogueOf(client, SCHEMA));
    }
    for (before.pop(); before.length > 0; before.pop()) {
      await migrator().down();
      expect(await catalogueOf(client, SCHEMA)).toEqual(before.at(-1));
    }
  });

  it('every SQL file that is shipped runs', async () => {
    const executed = recordQueries();
    const options = { type: 'postgres', url: database.url, ...executed.options } as const;
    const recording = new SchemaMigrator(options, SCHEMA, MIGRATIONS);
    await recording.up();
    while ((await recording.down()) !== undefined);
    await recording.up();
    const shipped: string[] = [];
    for await (const file of glob(['migrations/**/*.sql', 'docker/**/*.sql'], { cwd: ROOT })) shipped.push(file);
    const ran: string[] = [];
    for (const file of shipped) if (executed.queries.has(await readFile(join(ROOT, file), 'utf8'))) ran.push(file);
    const roles = createTestRoles(database, SCHEMA);
    ran.push(await roles.grant());
    await roles.drop();
    // Run by the test of the image, as psql would.
    ran.push('docker/postgres/users.sql');
    expect(ran.sort()).toEqual(shipped.sort());
  });

  it('lets nobody but the owner call what runs with the rights of the owner, and only on a path of its own', async () => {
    await migrator().up();
    const { rows } = await client.query<{ name: string; acl: string; config: string[] | null }>(
      `select p.proname as name, p.proconfig as config,
              coalesce(p.proacl, acldefault('f', p.proowner))::text as acl
       from pg_proc p where p.pronamespace = $1::regnamespace and p.prosecdef`,
      [SCHEMA],
    );
    expect(rows.map(({ name }) => name).sort()).toEqual(['append_event', 'append_events']);
    for (const { acl, config } of rows) {
      expect(acl).not.toMatch(/[{,]=X/);
      expect(config).toEqual([`search_path=${SCHEMA}, pg_temp`, 'enable_seqscan=off', 'jit=off']);
    }
  });
});
