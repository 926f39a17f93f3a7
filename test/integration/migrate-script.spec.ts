import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type pg from 'pg';
import { countMigrations } from '../support/migration-folder.js';
import { waitersForLocks } from '../support/lock-waiters.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

const SCRIPT = fileURLToPath(new URL('../../scripts/migrate.mjs', import.meta.url));

interface Run {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the script in a process of its own, on the built library. */
function migrate(url: string, ...args: string[]): Promise<Run> {
  return run({ DATABASE_URL: url }, args);
}

function run(environment: Record<string, string>, args: readonly string[]): Promise<Run> {
  const child = spawn(process.execPath, [SCRIPT, ...args], { env: { ...process.env, ...environment } });
  const output = { stdout: '', stderr: '' };
  child.stdout.on('data', (chunk: Buffer) => (output.stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (output.stderr += chunk.toString()));
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, ...output }));
  });
}

describe('npm run migrate', () => {
  let database: TestDatabase;
  let client: pg.Client;

  beforeEach(async () => {
    database = await createTestDatabase('empty');
    client = await database.client();
  });

  afterEach(async () => {
    await client.end();
    await database.drop();
  });

  it('migrates once where three processes start at once', async () => {
    // All three are held up at the lock, so that they really meet.
    await client.query("select pg_advisory_lock(x'74646d6b'::int, hashtext('tidemark'))");
    const processes = [1, 2, 3].map(() => migrate(database.url));
    expect(await Promise.race([waitersForLocks(client, 3), ...processes])).toBeUndefined();
    await client.query('select pg_advisory_unlock_all()');
    const runs = await Promise.all(processes);
    expect(runs.map(({ code, stderr }) => ({ code, stderr }))).toEqual(Array(3).fill({ code: 0, stderr: '' }));
    expect(runs.filter(({ stdout }) => stdout.includes('migrated'))).toHaveLength(1);
    expect(runs.filter(({ stdout }) => stdout.includes('is up to date'))).toHaveLength(2);
    const { rows } = await client.query<{ name: string }>('select name from tidemark.migrations order by id');
    expect(rows).toHaveLength(await countMigrations());
    expect(new Set(rows.map(({ name }) => name)).size).toBe(rows.length);
  });

  it('goes up, tells the status and goes down, in a schema of any name', async () => {
    const schema = ['--schema', 'Side$Store'];
    expect(await migrate(database.url, 'up', ...schema)).toMatchObject({ code: 0 });
    const status = JSON.parse((await migrate(database.url, 'status', '--json', ...schema)).stdout) as object;
    const { rows } = await client.query<{ name: string }>('select name from "Side$Store".migrations order by id');
    const applied = rows.map(({ name }) => name);
    expect(status).toEqual({ schema: 'Side$Store', applied, pending: [], unknown: [] });
    expect(await migrate(database.url, 'down', ...schema)).toMatchObject({
      code: 0,
      stdout: `Schema 'Side$Store': ${applied.at(-1)} taken back.\n`,
    });
    expect((await migrate(database.url, 'status', ...schema)).stdout).toContain(`pending: ${applied.at(-1)}\n`);
  });

  it("works on the sample app's own data where no database is named", async () => {
    const folder = await mkdtemp(join(tmpdir(), 'tidemark-migrate-'));
    try {
      const environment = { DATABASE_URL: '', TIDEMARK_DATA_DIR: folder };
      const up = await run(environment, []);
      expect(up).toMatchObject({ code: 0, stderr: expect.stringContaining(folder) });
      const status = JSON.parse((await run(environment, ['status', '--json'])).stdout) as { applied: string[] };
      expect(status).toMatchObject({ pending: [], unknown: [] });
      expect(status.applied).toHaveLength(await countMigrations());
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });

  it('fails with one line that says why', async () => {
    for (const [args, why] of [
      [['sideways'], "'sideways' is no command"],
      [['up', 'down'], "'up down' is no command"],
      [['--colour'], '--colour'],
      [['--schema', 'pg_x'], "The schema name 'pg_x' is not usable"],
    ] as const) {
      const run = await migrate(database.url, ...args);
      expect(run).toEqual({ code: 1, stdout: '', stderr: expect.stringContaining(why) });
    }
  });

  it('never prints the connection string', async () => {
    const { host } = new URL(database.url);
    for (const url of [
      `postgres://nobody_here:hunter2@${host}/postgres`,
      'postgres://app:hunter2@127.0.0.1:1/app',
      'postgres://app:hunter2@:::/app',
      'mysql://app:hunter2@127.0.0.1/app',
      'hunter2',
    ]) {
      const { code, stdout, stderr } = await migrate(url);
      expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
      expect(stderr).toMatch(/^migrate: .+\n$/);
      expect(stderr).not.toContain('hunter2');
    }
  });
});
