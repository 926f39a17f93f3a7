import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  chownSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Binaries } from './binaries/binaries.js';
import type { DataFolder } from './data-folder.js';
import { codeOf, EmbeddedPostgresError } from './errors.js';
import { spawnOptions } from './spawn-options.js';

/** The database role that owns everything in the embedded server. */
export const SUPERUSER = 'postgres';

const STAGING_PREFIX = 'init-';
const INIT_TIMEOUT_MS = 180_000;

/** Makes the cluster unless there is one, and returns the superuser's password; call it only as the owner of the folder. */
export async function ensureCluster(folder: DataFolder, binaries: Binaries, durable: boolean): Promise<string> {
  sweepHalfMade(folder.dataDir);
  const passwordFile = join(folder.dataDir, 'password');
  if (existsSync(folder.cluster)) {
    requireSameMajor(folder.cluster, binaries.major);
    return readPassword(passwordFile);
  }
  requireAccount();
  writePassword(passwordFile, folder);
  const staging = mkdtempSync(join(folder.dataDir, STAGING_PREFIX));
  try {
    if (folder.user) chownSync(staging, folder.user.uid, folder.user.gid);
    await initdb(binaries, staging, passwordFile, folder, durable);
    // The rename is the moment of birth: killed before it, the next start begins anew; after it, the cluster is whole.
    renameSync(staging, folder.cluster);
    sweepHalfMade(folder.dataDir);
  } catch (error) {
    rmSync(staging, { recursive: true, force: true, maxRetries: 5 });
    throw initFailed(folder.cluster, error);
  }
  return readPassword(passwordFile);
}

async function initdb(
  binaries: Binaries,
  target: string,
  passwordFile: string,
  folder: DataFolder,
  durable: boolean,
): Promise<void> {
  const options = [
    `--pgdata=${target}`,
    `--username=${SUPERUSER}`,
    `--pwfile=${passwordFile}`,
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    // The builtin provider, not libc or ICU: Unicode-aware upper() and lower(), code-point order, and the same on every machine
    // and after every system upgrade, so that no index over text is ever silently out of order.
    '--locale-provider=builtin',
    '--builtin-locale=C.UTF-8',
    '--locale=C',
    '--no-instructions',
    ...(durable ? [] : ['--no-sync']),
  ];
  await promisify(execFile)(binaries.initdb, options, {
    ...spawnOptions(folder.user),
    timeout: INIT_TIMEOUT_MS,
    windowsHide: true,
  });
}

/** An initdb that outlived its killed parent may still write into its folder: what that leaves, a later sweep takes away. */
function sweepHalfMade(dataDir: string): void {
  for (const name of readdirSync(dataDir)) {
    if (!name.startsWith(STAGING_PREFIX)) continue;
    try {
      rmSync(join(dataDir, name), { recursive: true, force: true, maxRetries: 3 });
    } catch (error) {
      if (codeOf(error) !== 'ENOTEMPTY') throw error;
    }
  }
}

function writePassword(file: string, { user }: DataFolder): void {
  rmSync(file, { force: true });
  writeFileSync(file, `${randomBytes(24).toString('base64url')}\n`, { flag: 'wx', mode: 0o600, flush: true });
  // initdb reads it as the server's user.
  if (user) chownSync(file, user.uid, user.gid);
}

function readPassword(file: string): string {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (error) {
    throw new EmbeddedPostgresError(
      'DATA_DIR_FOREIGN',
      `The password of the cluster cannot be read from ${file}. Put that file back, give another dataDir, or delete the data folder.`,
      { cause: error },
    );
  }
}

function requireSameMajor(cluster: string, major: string): void {
  const file = join(cluster, 'PG_VERSION');
  const found = existsSync(file) ? readFileSync(file, 'utf8').trim() : 'unknown';
  if (found === major) return;
  throw new EmbeddedPostgresError(
    'DATA_DIR_VERSION',
    `The data in ${cluster} was written by PostgreSQL ${found}, and this package brings PostgreSQL ${major}, which cannot read it. ` +
      `Dump it with the old version and restore it (pg_dump, psql), give a new dataDir, or delete the folder to start afresh.`,
  );
}

function requireAccount(): void {
  try {
    userInfo();
  } catch (error) {
    throw new EmbeddedPostgresError(
      'NO_USER',
      `PostgreSQL's initdb refuses to run for uid ${process.geteuid?.()}, which has no entry in /etc/passwd ` +
        `(a container started with --user?). Add an entry, or set DATABASE_URL to a PostgreSQL 14+ of your own.`,
      { cause: error },
    );
  }
}

function initFailed(cluster: string, error: unknown): EmbeddedPostgresError {
  const { stderr = '' } = error as { stderr?: string };
  return new EmbeddedPostgresError(
    'INIT_FAILED',
    `initdb could not make ${cluster}: ${stderr.trim() || String(error)}`,
    {
      cause: error,
    },
  );
}
