import {
  chmodSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { hydrate } from './binaries-hydration.js';
import type { NativePackage } from './binaries-package.js';
import { EmbeddedPostgresError, codeOf } from '../errors.js';
import { isRoot } from '../run-as.js';

const WRITABLE_BY_OTHERS = 0o022;

/** A complete copy of the package's native folder that the server's user can run, made once per version and reused. */
export function cachedCopy(source: NativePackage): string {
  const folder = join(openCache(), source.label);
  const native = join(folder, 'native');
  if (existsSync(native)) return native;
  // Copied beside and renamed, so that a copy is either whole or not there, whoever else copies at the same time.
  const draft = mkdtempSync(`${folder}.`);
  try {
    // Without `verbatimSymlinks` the links would be rewritten to absolute paths into the folder that cannot be used.
    cpSync(source.nativeFolder, join(draft, 'native'), { recursive: true, verbatimSymlinks: true });
    hydrate(join(draft, 'native'));
    makeReadable(join(draft, 'native'));
    mkdirSearchable(folder);
    renameSync(join(draft, 'native'), native);
  } catch (error) {
    if (!existsSync(native)) throw error;
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
  return native;
}

function openCache(): string {
  // Root's copy has to be reachable for an unprivileged user, and in a place where only root can plant programs.
  const candidates = isRoot()
    ? ['/var/lib/tidemark/programs']
    : [join(homedir(), '.cache', 'tidemark'), join(tmpdir(), `tidemark-${process.getuid?.() ?? 'programs'}`)];
  const refusals: unknown[] = [];
  for (const candidate of candidates) {
    try {
      mkdirSearchable(candidate);
      if (isOurs(candidate)) return candidate;
      refusals.push(new Error(`${candidate} belongs to, or is writable by, another user`));
    } catch (error) {
      if (!['EACCES', 'EPERM', 'EROFS', 'ENOENT', 'EEXIST', 'ENOTDIR'].includes(codeOf(error))) throw error;
      refusals.push(error);
    }
  }
  throw new EmbeddedPostgresError(
    'NO_BINARY',
    `The embedded PostgreSQL cannot be run where npm installed it, nor copied to ${candidates.join(' or ')}. ` +
      `Make node_modules or one of these folders writable, or set DATABASE_URL to a PostgreSQL 14+ of your own.`,
    { cause: new AggregateError(refusals, 'no folder to copy the programs to') },
  );
}

/** Whatever the umask, now or when npm unpacked the files, the server's user must be able to read them. */
function makeReadable(folder: string): void {
  chmodSync(folder, 0o755);
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) makeReadable(path);
    else if (entry.isFile()) chmodSync(path, statSync(path).mode | 0o444);
  }
}

function mkdirSearchable(folder: string): void {
  const first = mkdirSync(folder, { recursive: true });
  if (first === undefined) return;
  for (let made = folder; made.length >= first.length; made = dirname(made)) chmodSync(made, 0o755);
}

/** Programs are run from here: a folder that another user made or may write to must not be trusted. */
function isOurs(folder: string): boolean {
  const entry = lstatSync(folder);
  const owned = process.getuid === undefined || entry.uid === process.geteuid?.();
  return owned && entry.isDirectory() && (entry.mode & WRITABLE_BY_OTHERS) === 0;
}
