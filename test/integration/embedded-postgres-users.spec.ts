import { afterAll, beforeEach, describe, expect } from '@jest/globals';
import { startEmbeddedPostgres } from '@tidemark/embedded-postgres';
import { chmodSync, chownSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fallbackFor } from '../../libs/embedded-postgres/src/data-folder.js';
import { asOrdinaryUser, asRoot, nobody } from '../../libs/embedded-postgres/test-support/capabilities.js';
import {
  processesMentioning,
  serverOf,
  spawnOwner,
  temporaryFolder,
} from '../../libs/embedded-postgres/test-support/owner-process.js';

describe('an embedded server runs', () => {
  const folder = temporaryFolder();
  const owned = join(folder.path, 'owned');
  let dataDir: string;
  let count = 0;

  beforeEach(() => {
    mkdirSync(owned, { recursive: true });
    if (nobody) chownSync(owned, nobody.uid, nobody.gid);
    dataDir = join(owned, `data-${++count}`);
  });

  afterAll(() => {
    expect(processesMentioning(folder.path)).toEqual([]);
    folder.remove();
  });

  asOrdinaryUser('as an ordinary user, without a home folder', async () => {
    const owner = spawnOwner({ dataDir }, 'hold', { ...nobody, env: { HOME: '/nonexistent' } });
    const { pid } = await serverOf(owner);
    expect(processesMentioning(dataDir).some((line) => Number.parseInt(line) === pid)).toBe(true);
    owner.signal('SIGINT');
    expect(await owner.exited).toBe(0);
    expect(statSync(join(dataDir, 'cluster')).uid).toBe(nobody?.uid ?? process.getuid?.());
    expect(readdirSync(dataDir).sort()).toEqual(['cluster', 'owners', 'password']);
  });

  asRoot('as an unprivileged user for root, also over the data of an ordinary user', async () => {
    const server = await startEmbeddedPostgres({ dataDir, durable: false });
    expect(readFileSync(`/proc/${server.pid}/status`, 'utf8')).not.toMatch(/^Uid:.*\b0\b/m);
    await server.stop();
    const owner = spawnOwner({ dataDir: `${dataDir}-theirs`, durable: false }, 'hold', nobody);
    await serverOf(owner);
    owner.signal('SIGINT');
    await owner.exited;
    const again = await startEmbeddedPostgres({ dataDir: `${dataDir}-theirs`, durable: false });
    expect(readFileSync(`/proc/${again.pid}/status`, 'utf8')).toMatch(new RegExp(`^Uid:\\s${nobody!.uid}\\b`, 'm'));
    await again.stop();
  });

  asRoot('not for an ordinary user over the data that root made', async () => {
    await (await startEmbeddedPostgres({ dataDir, durable: false })).stop();
    const owner = spawnOwner({ dataDir, durable: false }, 'hold', nobody);
    expect(await owner.report).toMatchObject({
      code: 'DATA_DIR_UNREACHABLE',
      message: expect.stringMatching(/belongs to uid \d+.*sudo chown -R/),
    });
  });

  asRoot('not for a user without an account, and says so', async () => {
    const uid = 54_321;
    chownSync(owned, uid, uid);
    const owner = spawnOwner({ dataDir, durable: false }, 'hold', { uid, gid: uid, env: { HOME: owned } });
    expect(await owner.report).toMatchObject({ code: 'NO_USER', message: expect.stringContaining(`uid ${uid}`) });
  });

  asOrdinaryUser('not in a folder that cannot be written to', async () => {
    if (nobody) chownSync(owned, 0, 0);
    chmodSync(owned, 0o555);
    const owner = spawnOwner({ dataDir, durable: false }, 'hold', nobody);
    expect(await owner.report).toMatchObject({
      code: 'DATA_DIR_UNREACHABLE',
      message: expect.stringContaining(dataDir),
    });
    chmodSync(owned, 0o755);
  });

  asRoot('in a folder made for root alone when it is empty and given for the data', async () => {
    mkdirSync(dataDir, { mode: 0o700 });
    const server = await startEmbeddedPostgres({ dataDir, durable: false });
    await server.stop();
    expect(server.dataDir).toBe(dataDir);
  });

  asRoot('elsewhere when root may go where the unprivileged user may not, and finds the data there again', async () => {
    const secret = join(folder.path, 'secret');
    mkdirSync(secret, { mode: 0o700 });
    const wished = join(secret, 'data');
    const lines: string[] = [];
    const options = { dataDir: wished, durable: false, log: (line: string) => lines.push(line) };
    try {
      const first = await startEmbeddedPostgres(options);
      await first.stop();
      expect(first.dataDir).toBe(fallbackFor(wished));
      expect(lines.join('\n')).toContain(`cannot enter ${wished}: using ${first.dataDir}`);
      chmodSync(secret, 0o711);
      const second = await startEmbeddedPostgres(options);
      await second.stop();
      expect(second.dataDir).toBe(first.dataDir);
      expect(existsSync(wished)).toBe(false);
    } finally {
      rmSync(fallbackFor(wished), { recursive: true, force: true });
    }
  });

  asRoot('no longer where its data became unreachable, rather than with a fresh database elsewhere', async () => {
    const parent = join(folder.path, 'closing');
    mkdirSync(parent, { mode: 0o711 });
    const options = { dataDir: join(parent, 'data'), durable: false };
    await (await startEmbeddedPostgres(options)).stop();
    chmodSync(parent, 0o700);
    await expect(startEmbeddedPostgres(options)).rejects.toMatchObject({ code: 'DATA_DIR_UNREACHABLE' });
  });
});
