import { chmodSync, lstatSync, readFileSync, readdirSync, statSync, symlinkSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { codeOf } from '../errors.js';

interface Link {
  source: string;
  target: string;
}

const EXECUTABLE = 0o111;

/**
 * Does what the platform package's install script would have done, for npm may have blocked it: makes the programs executable and
 * creates the symlinks that a tarball cannot carry. Returns false when the folder is not writable and so something stays missing.
 */
export function hydrate(nativeFolder: string): boolean {
  // Windows has neither execute bits nor links in its package.
  if (process.platform === 'win32') return true;
  const bin = join(nativeFolder, 'bin');
  const programs = readdirSync(bin).map((name) => ensureExecutable(join(bin, name)));
  const links = readLinks(nativeFolder).map((link) => ensureLink(nativeFolder, link));
  return [...programs, ...links].every(Boolean);
}

function ensureExecutable(program: string): boolean {
  const { mode } = statSync(program);
  if ((mode & EXECUTABLE) === EXECUTABLE) return true;
  return attempt(() => chmodSync(program, mode | EXECUTABLE));
}

function ensureLink(nativeFolder: string, { source, target }: Link): boolean {
  // The paths in the list start at the package: native/lib/libpq.so.5.
  const path = join(dirname(nativeFolder), target);
  if (lstatSync(path, { throwIfNoEntry: false })) return true;
  return attempt(() => symlinkSync(join(relative(dirname(target), dirname(source)), basename(source)), path));
}

function readLinks(nativeFolder: string): Link[] {
  try {
    return JSON.parse(readFileSync(join(nativeFolder, 'pg-symlinks.json'), 'utf8')) as Link[];
  } catch (error) {
    // A platform without symlinks ships no list.
    if (codeOf(error) === 'ENOENT') return [];
    throw error;
  }
}

function attempt(change: () => void): boolean {
  try {
    change();
    return true;
  } catch (error) {
    const errno = codeOf(error);
    // Another start of this package was faster.
    if (errno === 'EEXIST') return true;
    if (errno === 'EACCES' || errno === 'EPERM' || errno === 'EROFS') return false;
    throw error;
  }
}
