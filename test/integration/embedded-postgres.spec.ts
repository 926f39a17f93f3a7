import { afterAll, afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { EmbeddedPostgresError, startEmbeddedPostgres, type EmbeddedPostgres } from '@tidemark/embedded-postgres';
import { createServer, type AddressInfo } from 'node:net';
import { statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from 'pg';
import {
  processesMentioning,
  serverOf,
  spawnOwner,
  temporaryFolder,
} from '../../libs/embedded-postgres/test-support/owner-process.js';
import { awaitCondition } from '../../libs/embedded-postgres/src/await-condition.js';

async function query<T extends object>(url: string, text: string): Promise<T[]> {
  const client = new Client(url);
  await client.connect();
  try {
    return (await client.query<T>(text)).rows;
  } finally {
    await client.end();
  }
}

describe('an embedded server', () => {
  const folder = temporaryFolder();
  let dataDir: string;
  let server: EmbeddedPostgres | undefined;
  let count = 0;

  beforeEach(() => {
    dataDir = join(folder.path, `data-${++count}`);
  });

  afterEach(async () => {
    await server?.stop();
    server = undefined;
  });

  afterAll(() => {
    expect(processesMentioning(folder.path)).toEqual([]);
    folder.remove();
  });

  const start = async (options = {}): Promise<EmbeddedPostgres> =>
    (server = await startEmbeddedPostgres({ dataDir, durable: false, ...options }));

  it('answers on its url, speaks UTF-8 without the system locale, and is gone after stop()', async () => {
    const { url, pid, adopted, stop } = await start();
    const [row] = await query<{ database: string; upper: string; encoding: string; addresses: string }>(
      url,
      `SELECT current_database() AS database, upper('é') AS upper, current_setting('server_encoding') AS encoding,
              current_setting('listen_addresses') || current_setting('unix_socket_directories') AS addresses`,
    );
    expect(row).toEqual({ database: 'tidemark', upper: 'É', encoding: 'UTF8', addresses: '127.0.0.1' });
    expect(adopted).toBe(false);
    await Promise.all([stop(), stop()]);
    await stop();
    expect(() => process.kill(pid, 0)).toThrow('ESRCH');
    await expect(query(url, 'SELECT 1')).rejects.toThrow('ECONNREFUSED');
  });

  it('lets nobody in without the password, which only its user can read', async () => {
    const { url } = await start();
    const stranger = new URL(url);
    stranger.password = 'wrong';
    await expect(query(stranger.href, 'SELECT 1')).rejects.toMatchObject({ code: '28P01' });
    expect(statSync(join(dataDir, 'password')).mode & 0o777).toBe(0o600);
  });

  it('keeps data between starts, and has the database that each start asks for', async () => {
    const first = await start();
    await query(first.url, 'CREATE TABLE kept AS SELECT 42 AS answer');
    await first.stop();
    const second = await start({ database: 'my "other" base' });
    expect(await query(second.url, 'SELECT current_database() AS name')).toEqual([{ name: 'my "other" base' }]);
    await second.stop();
    const third = await start();
    expect(await query(third.url, 'SELECT answer FROM kept')).toEqual([{ answer: 42 }]);
  });

  it('is durable by default, and takes settings and a port', async () => {
    const probe = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => probe.once('listening', resolve));
    const { port } = probe.address() as AddressInfo;
    await expect(start({ port })).rejects.toMatchObject({
      code: 'PORT_TAKEN',
      message: expect.stringContaining(`${port}`),
    });
    await new Promise((resolve) => probe.close(resolve));
    const { url } = await start({ port, durable: true, settings: { max_connections: 12 } });
    const [row] = await query<object>(
      url,
      `SELECT current_setting('fsync') AS fsync, current_setting('max_connections') AS max, current_setting('port') AS port`,
    );
    expect(row).toEqual({ fsync: 'on', max: '12', port: String(port) });
  });

  it('reports the last log lines of a server that cannot start', async () => {
    const failure = start({ settings: { shared_buffers: 'plenty' } });
    await expect(failure).rejects.toBeInstanceOf(EmbeddedPostgresError);
    await expect(failure).rejects.toMatchObject({ code: 'START_FAILED', message: expect.stringContaining('plenty') });
  });

  it('refuses the data of another major version, and a cluster that it did not make', async () => {
    await (await start()).stop();
    writeFileSync(join(dataDir, 'cluster', 'PG_VERSION'), '15\n');
    await expect(start()).rejects.toMatchObject({
      code: 'DATA_DIR_VERSION',
      message: expect.stringContaining('PostgreSQL 15'),
    });
    writeFileSync(join(dataDir, 'PG_VERSION'), '18\n');
    await expect(start()).rejects.toMatchObject({ code: 'DATA_DIR_FOREIGN' });
  });

  it('leaves no process behind after ten starts and stops', async () => {
    for (let round = 0; round < 10; round++) await (await start()).stop();
    expect(processesMentioning(dataDir)).toEqual([]);
  });

  it.each([
    ['exit', 7],
    ['drift', 0],
  ] as const)('does not keep an application alive, and ends with one that forgot stop() (%s)', async (mode, code) => {
    const owner = spawnOwner({ dataDir, durable: false }, mode);
    await serverOf(owner);
    expect(await owner.exited).toBe(code);
    expect(await awaitCondition(() => processesMentioning(dataDir).length === 0, 10_000)).toBe(true);
  });

  it('outlives a Ctrl-C until the application has drained and stops it', async () => {
    const owner = spawnOwner({ dataDir, durable: false });
    await serverOf(owner);
    owner.signalGroup('SIGINT');
    expect(await owner.exited).toBe(0);
    expect(owner.lines).toEqual(['{"one":1}']);
    expect(processesMentioning(dataDir)).toEqual([]);
  });
});
