import { afterAll, afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { startEmbeddedPostgres, type EmbeddedPostgres } from '@tidemark/embedded-postgres';
import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from 'pg';
import { awaitCondition } from '../../libs/embedded-postgres/src/await-condition.js';
import {
  processesMentioning,
  serverOf,
  spawnOwner,
  temporaryFolder,
} from '../../libs/embedded-postgres/test-support/owner-process.js';

const isGone = (pid: number): boolean =>
  !processesMentioning(String(pid)).some((line) => Number.parseInt(line) === pid);

describe('an embedded server recovers', () => {
  const folder = temporaryFolder();
  const open: Client[] = [];
  let dataDir: string;
  let server: EmbeddedPostgres | undefined;
  let bystander: ChildProcess | undefined;
  let count = 0;

  beforeEach(() => {
    dataDir = join(folder.path, `data-${++count}`);
  });

  afterEach(async () => {
    for (const client of open.splice(0)) await client.end().catch(() => {});
    await server?.stop();
    bystander?.kill('SIGKILL');
  });

  afterAll(() => {
    expect(processesMentioning(folder.path)).toEqual([]);
    folder.remove();
  });

  const start = async (options = {}): Promise<EmbeddedPostgres> =>
    (server = await startEmbeddedPostgres({ dataDir, durable: false, ...options }));

  const connect = async (url: string): Promise<Client> => {
    const client = new Client(url);
    client.on('error', () => {});
    open.push(client);
    await client.connect();
    return client;
  };

  async function killServer(victim: EmbeddedPostgres): Promise<void> {
    process.kill(victim.pid, 'SIGKILL');
    await victim.stop();
    expect(isGone(victim.pid)).toBe(true);
  }

  it('from kill -9 of the server while a session is at work', async () => {
    const lines: string[] = [];
    const first = await start({ log: (line: string) => lines.push(line) });
    const client = await connect(first.url);
    await client.query('CREATE TABLE kept AS SELECT 1 AS n');
    const working = client.query('SELECT count(*) FROM generate_series(1, 20000000)').catch(() => {});
    process.kill(first.pid, 'SIGKILL');
    // Nobody calls stop(): the folder is given up when the server's end is noticed.
    const noticed = (): boolean =>
      lines.includes(`tidemark: the PostgreSQL server ${first.pid} has ended unexpectedly`);
    expect(await awaitCondition(noticed, 10_000)).toBe(true);
    const second = await start();
    expect(second.adopted).toBe(false);
    expect((await (await connect(second.url)).query('SELECT n FROM kept')).rows).toEqual([{ n: 1 }]);
    await working;
    await first.stop();
    expect(isGone(second.pid)).toBe(false);
  });

  it('from kill -9 of the application, by adopting the server that it left running', async () => {
    const settings = { log_statement: 'all' };
    const owner = spawnOwner({ dataDir, durable: false, settings });
    const left = await serverOf(owner);
    await (await connect(left.url)).query('CREATE TABLE kept AS SELECT 1 AS n');
    owner.signal('SIGKILL');
    expect(await owner.exited).toBe('SIGKILL');
    expect(isGone(left.pid)).toBe(false);
    const adopted = await start({ settings });
    expect(adopted).toMatchObject({ adopted: true, pid: left.pid, port: left.port, url: left.url });
    // Its log goes to a pipe that nobody reads any more: it must not mind.
    const client = await connect(adopted.url);
    for (let round = 0; round < 50; round++) await client.query('SELECT n FROM kept');
    await adopted.stop();
    expect(isGone(left.pid)).toBe(true);
  });

  it('by replacing a server left running with other options', async () => {
    const owner = spawnOwner({ dataDir, durable: false });
    const left = await serverOf(owner);
    owner.signal('SIGKILL');
    await owner.exited;
    const restarted = await start({ settings: { max_connections: 17 } });
    expect(restarted.adopted).toBe(false);
    expect(isGone(left.pid)).toBe(true);
    expect((await (await connect(restarted.url)).query('SHOW max_connections')).rows).toEqual([
      { max_connections: '17' },
    ]);
  });

  it('from a lock file whose pid is now that of an unrelated process', async () => {
    const first = await start();
    await killServer(first);
    const lock = join(dataDir, 'cluster', 'postmaster.pid');
    // Of the server's own user, so that PostgreSQL by itself would take it for a live server and refuse.
    const { uid, gid } = statSync(lock);
    const as = process.getuid?.() === 0 ? { uid, gid } : {};
    bystander = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { ...as, cwd: '/', stdio: 'ignore' });
    writeFileSync(lock, readFileSync(lock, 'utf8').replace(/^\d+/, String(bystander.pid)));
    const second = await start();
    expect(second).toMatchObject({ adopted: false });
    await second.stop();
    expect(bystander.exitCode ?? bystander.signalCode).toBeNull();
  });

  it('from an empty lock file, as a power cut leaves it', async () => {
    await killServer(await start());
    writeFileSync(join(dataDir, 'cluster', 'postmaster.pid'), '');
    expect(await start()).toMatchObject({ adopted: false });
  });

  it('from kill -9 in the middle of initdb', async () => {
    const owner = spawnOwner({ dataDir, durable: false });
    const halfMade = (): string[] =>
      (existsSync(dataDir) ? readdirSync(dataDir) : []).filter((name) => name.startsWith('init-'));
    expect(await awaitCondition(() => halfMade().some((name) => existsSync(join(dataDir, name, 'base'))), 20_000)).toBe(
      true,
    );
    owner.signal('SIGKILL');
    await owner.exited;
    expect(existsSync(join(dataDir, 'cluster'))).toBe(false);
    // The killed process's initdb is still at work beside this one.
    const first = await start();
    expect((await (await connect(first.url)).query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
    await first.stop();
    expect(await awaitCondition(() => processesMentioning(join(dataDir, 'init-')).length === 0, 10_000)).toBe(true);
    await start();
    expect(halfMade()).toEqual([]);
  });
});
