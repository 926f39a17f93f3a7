import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { countMigrations } from '../support/migration-folder.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';
import { createTestRoles, type TestRoles } from '../support/test-roles.js';
import { type CliRun, startBin, Tidemark } from '../support/tidemark-cli.js';

// Where all cores are taken, processes are slow to start.
jest.setTimeout(180_000);

describe('tidemark and its database', () => {
  let database: TestDatabase;
  let roles: TestRoles;
  let strangerUrl: string;
  let tidemark: Tidemark;

  beforeAll(async () => {
    database = await createTestDatabase('empty');
    roles = createTestRoles(database, 'tidemark');
    strangerUrl = await roles.user('stranger', '');
    tidemark = new Tidemark(database.url);
  });

  afterAll(async () => {
    await tidemark.end();
    await roles.drop();
    await database.drop();
  });

  const at = (change: (url: URL) => void): string => {
    const url = new URL(strangerUrl);
    url.password = 'hunter2';
    change(url);
    return url.href;
  };

  const bin = (url: string, ...args: string[]): Promise<CliRun> => startBin(url, ...args).ended;

  function expectLine(run: CliRun, code: number, ...why: readonly string[]): void {
    expect(run).toMatchObject({ code, stdout: '' });
    expect(run.stderr).toMatch(/^tidemark: [^\n]+\n$/);
    for (const part of why) expect(run.stderr).toContain(part);
    expect(run.stderr).not.toContain('hunter2');
    expect(run.stderr).not.toContain('secret');
  }

  it('says of each way of failing what it is and what to do, and never the password', async () => {
    const [unreachable, unknownUser, noDatabase, noStore] = await Promise.all([
      bin(
        at((url) => (url.host = '127.0.0.1:1')),
        'status',
      ),
      bin(
        at((url) => (url.username = 'nobody_here')),
        'status',
      ),
      bin(
        at((url) => Object.assign(url, { password: 'secret', pathname: '/no_such_database' })),
        'status',
      ),
      bin(strangerUrl, 'subscriptions', 'list', '--schema', 'no_such_schema'),
    ]);
    expectLine(unreachable, 5, 'PostgreSQL at 127.0.0.1:1 cannot be reached', 'ECONNREFUSED', 'See that it runs');
    expectLine(unknownUser, 6, "refuses the login of 'nobody_here'", 'See that user and password are right');
    expectLine(noDatabase, 5, "There is no database 'no_such_database'", 'Create it');
    expectLine(noStore, 7, "There is no store in schema 'no_such_schema'", "Run 'tidemark migrate up'");
  });

  it('migrates up, and down only where that is confirmed; then what the schema lacks is told', async () => {
    const all = await countMigrations();
    expect(await tidemark.json<{ applied: string[] }>('migrate', 'up')).toMatchObject({ schema: 'tidemark' });
    const status = await tidemark.json<{ applied: string[] }>('migrate', 'status');
    expect(status).toMatchObject({ schema: 'tidemark', pending: [], unknown: [] });
    expect(status.applied).toHaveLength(all);
    const newest = status.applied.at(-1)!;

    expectLine(await tidemark.run('migrate', 'down'), 2, newest, 'is lost', 'give --yes');
    expect((await tidemark.json<{ applied: string[] }>('migrate', 'status')).applied).toHaveLength(all);
    expect(await tidemark.run('migrate', 'down', '--yes')).toEqual({
      code: 0,
      stdout: `Schema 'tidemark': ${newest} taken back.\n`,
      stderr: '',
    });
    expectLine(await tidemark.run('status'), 7, `lacks 1 migration(s): ${newest}`, "Run 'tidemark migrate up'");

    const stdout = (await tidemark.run('migrate', 'status')).stdout.split('\n');
    expect(stdout.at(-2)).toMatch(new RegExp(`^${newest} +pending$`));
    expect((await tidemark.run('migrate', 'up')).stdout).toBe(`Schema 'tidemark' migrated: ${newest}\n`);
    expectLine(await tidemark.runAt(strangerUrl, 'status'), 6, 'lacks a right: permission denied for', 'roles.sql');

    const client = await database.client();
    await client.query("insert into tidemark.migrations (timestamp, name) values (9999, '9999_later_0000000009999')");
    await client.end();
    expectLine(await tidemark.run('status'), 7, 'newer release', '9999_later');
  });
});
