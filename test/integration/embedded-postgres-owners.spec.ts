import { afterAll, afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { startEmbeddedPostgres } from '@tidemark/embedded-postgres';
import { mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { claimDataFolder, type OwnerClaim } from '../../libs/embedded-postgres/src/owner-file.js';
import { identifyProcess } from '../../libs/embedded-postgres/src/process-identity.js';
import {
  processesMentioning,
  spawnOwner,
  temporaryFolder,
  type OwnerProcess,
} from '../../libs/embedded-postgres/test-support/owner-process.js';

describe('a data folder', () => {
  const folder = temporaryFolder();
  const owners: OwnerProcess[] = [];
  let dataDir: string;
  let count = 0;

  const own = (): OwnerProcess => {
    const owner = spawnOwner({ dataDir, durable: false });
    owners.push(owner);
    return owner;
  };

  beforeEach(() => {
    dataDir = join(folder.path, `data-${++count}`);
  });

  afterEach(async () => {
    for (const owner of owners.splice(0)) {
      owner.signal('SIGINT');
      await owner.exited;
    }
  });

  afterAll(() => {
    expect(processesMentioning(folder.path)).toEqual([]);
    folder.remove();
  });

  it('belongs to one live application, whose server the next one leaves alone', async () => {
    const owner = own();
    expect(await owner.report).toMatchObject({ adopted: false });
    const alias = `${dataDir}-alias`;
    symlinkSync(dataDir, alias);
    for (const path of [dataDir, alias]) {
      await expect(startEmbeddedPostgres({ dataDir: path })).rejects.toMatchObject({
        code: 'DATA_DIR_IN_USE',
        message: expect.stringMatching(new RegExp(`process ${owner.pid}\\..*dataDir.*DATABASE_URL`)),
      });
    }
    owner.signal('SIGINT');
    expect(await owner.exited).toBe(0);
    // It could still query its server at the end.
    expect(owner.lines).toEqual(['{"one":1}']);
  });

  it('has one winner among two starts in one process', async () => {
    const options = { dataDir, durable: false };
    const results = await Promise.allSettled([startEmbeddedPostgres(options), startEmbeddedPostgres(options)]);
    const [won] = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
    const lost = results.flatMap((result) => (result.status === 'rejected' ? [result.reason as unknown] : []));
    await won?.stop();
    expect(lost).toMatchObject([{ code: 'DATA_DIR_IN_USE' }]);
  });

  it('has one winner among processes that start at the same moment over what a killed one left', async () => {
    const killed = own();
    await killed.report;
    killed.signal('SIGKILL');
    await killed.exited;
    const rivals = [own(), own(), own(), own()];
    const reports = await Promise.all(rivals.map((rival) => rival.report));
    const winners = rivals.filter((_, index) => 'url' in reports[index]!);
    expect(winners).toHaveLength(1);
    const losers = reports.filter((report) => 'code' in report);
    expect(losers).toHaveLength(3);
    for (const loser of losers) {
      expect(loser).toMatchObject({
        code: 'DATA_DIR_IN_USE',
        message: expect.stringContaining(`process ${winners[0]!.pid}.`),
      });
    }
  });

  it('is claimed anew from a dead owner whose pid another process has now', () => {
    mkdirSync(join(dataDir, 'owners'), { recursive: true });
    const reused = { ...identifyProcess(process.pid)!, startedAt: 'another boot:1' };
    writeFileSync(join(dataDir, 'owners', '3'), JSON.stringify(reused));
    writeFileSync(join(dataDir, 'owners', 'draft.2147483646.x'), '');
    const claim = claimDataFolder(dataDir);
    expect(readdirSync(join(dataDir, 'owners'))).toEqual(['4']);
    expect(() => claimDataFolder(dataDir)).toThrow(`in use by the running process ${process.pid} (this one)`);
    claim.release();
    claim.release();
    const next: OwnerClaim = claimDataFolder(dataDir);
    next.release();
    expect(readdirSync(join(dataDir, 'owners'))).toEqual(['5']);
  });
});
