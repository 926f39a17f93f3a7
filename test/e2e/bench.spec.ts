import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** One line of what the benchmark prints with `--json`. */
type Line = Record<string, unknown>;

/** Runs the benchmark on the server of the tests. */
function runBench(database: TestDatabase, ...options: string[]): Promise<Ended> {
  const args = ['bench/main.mjs', '--database', database.url, ...options];
  return new Promise((resolve) => {
    execFile(process.execPath, args, { cwd: ROOT }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code ?? -1), stdout, stderr });
    });
  });
}

async function databasesLeft(database: TestDatabase): Promise<string[]> {
  const client = await database.client();
  try {
    const { rows } = await client.query<{ name: string }>(
      `select datname as name from pg_database where datname like 'tidemark\\_bench\\_%'`,
    );
    return rows.map(({ name }) => name);
  } finally {
    await client.end();
  }
}

describe('the benchmark', () => {
  let database: TestDatabase;

  beforeAll(async () => {
    database = await createTestDatabase('empty');
  });
  afterAll(() => database.drop());

  it('prints one JSON document with a line per comparison, and leaves no database behind', async () => {
    const before = await databasesLeft(database);
    const only = ['--only', 'append-100,read-stream-1000'];
    const ended = await runBench(database, '--quick', '--json', '--rounds', '1', ...only);
    expect(ended).toMatchObject({ code: 0, stderr: expect.stringContaining('append 100 events at once') });
    const lines = JSON.parse(ended.stdout) as Line[];
    expect(new Set(lines.map(({ name }) => name))).toEqual(new Set(['append-100', 'read-stream-1000']));
    for (const line of lines) {
      expect(line).toMatchObject({
        work: expect.any(String),
        unit: 'events/s',
        tidemark: expect.any(Number),
        reference: expect.any(Number),
        referenceName: expect.any(String),
        ratio: (line.tidemark as number) / (line.reference as number) > 0 ? expect.any(Number) : 'more than nothing',
      });
    }
    const goals = lines.filter(({ goal }) => goal !== null).map(({ goal, met }) => [goal, typeof met]);
    expect(goals).toEqual([
      ['≥ 0.7×', 'boolean'],
      ['≥ 0.85×', 'boolean'],
      ['> 1×', 'boolean'],
    ]);
    // Other runs on this server may have theirs.
    const left = await databasesLeft(database);
    expect(left.filter((name) => !before.includes(name))).toEqual([]);
  });

  it('prints a table and what it was measured on for people', async () => {
    const { code, stdout } = await runBench(database, '--quick', '--rounds', '1', '--only', 'append-100');
    expect(code).toBe(0);
    expect(stdout).toMatch(/PostgreSQL \d+.*fsync on, synchronous_commit on/);
    expect(stdout).toContain('raw pg, multi-row INSERT of the same 100');
  });

  it('refuses a row that it does not have, and names those that it has', async () => {
    const { code, stdout, stderr } = await runBench(database, '--only', 'append-1,append-99', '--json');
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain("--only names 'append-99', which is no row of the benchmark");
    for (const name of ['append-1', 'feed-catch-up', 'growth']) expect(stderr).toContain(`\n  ${name}\n`);
  });

  it('refuses a server that does not commit durably', async () => {
    const url = new URL(database.url);
    url.searchParams.set('options', '-c synchronous_commit=off');
    const weak = { ...database, url: url.href };
    const { code, stderr } = await runBench(weak, '--quick', '--only', 'append-100');
    expect(code).toBe(1);
    expect(stderr).toContain('synchronous_commit is off');
  });
});
