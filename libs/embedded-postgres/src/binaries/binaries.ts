import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { cachedCopy } from './binaries-cache.js';
import { hydrate } from './binaries-hydration.js';
import { findNativePackage, USE_YOUR_OWN, type NativePackage } from './binaries-package.js';
import { EmbeddedPostgresError, codeOf } from '../errors.js';
import type { ServerUser } from '../run-as.js';
import { spawnOptions } from '../spawn-options.js';

/** The PostgreSQL programs, tried and found to run as the server's user. */
export interface Binaries {
  initdb: string;
  postgres: string;
  pgCtl: string;
  /** Major version of the programs, which a data folder has to match: `18`. */
  major: string;
}

/** Programs that run as `user`: the installed ones where possible, else a copy of them; `NO_BINARY` when neither runs. */
export function prepareBinaries(
  user: ServerUser | undefined,
  source: NativePackage = findNativePackage(),
  log: (line: string) => void = () => {},
): Binaries {
  const complete = hydrate(source.nativeFolder);
  const installed = programsIn(source.nativeFolder);
  const first = tryPrograms(installed, user);
  if (first.major !== null) return { ...installed, major: first.major };
  // A copy mends a folder that is unreachable, unreadable or incomplete; it does not mend a foreign C library.
  const curable = user !== undefined || !complete || first.errno === 'EACCES';
  if (usesMusl() || !curable) throw cannotRun(installed.postgres, first.reason);
  const copy = cachedCopy(source);
  log(`tidemark: the PostgreSQL programs in ${source.nativeFolder} cannot be run in place, using a copy in ${copy}`);
  const copied = programsIn(copy);
  const second = tryPrograms(copied, user);
  if (second.major === null) throw cannotRun(copied.postgres, second.reason);
  return { ...copied, major: second.major };
}

function programsIn(nativeFolder: string): Omit<Binaries, 'major'> {
  const extension = process.platform === 'win32' ? '.exe' : '';
  const program = (name: string): string => join(nativeFolder, 'bin', name + extension);
  return { initdb: program('initdb'), postgres: program('postgres'), pgCtl: program('pg_ctl') };
}

type Trial = { major: string } | { major: null; errno: string; reason: string };

function tryPrograms(programs: Omit<Binaries, 'major'>, user: ServerUser | undefined): Trial {
  let major: string | undefined;
  // initdb as well: it needs libpq, which the server does not.
  for (const program of [programs.initdb, programs.postgres]) {
    const { error, status, stdout, stderr } = spawnSync(program, ['--version'], {
      ...spawnOptions(user),
      encoding: 'utf8',
      windowsHide: true,
    });
    if (error) return { major: null, errno: codeOf(error), reason: error.message };
    major = /\) (\d+)/.exec(stdout)?.[1];
    if (status !== 0 || major === undefined) return { major: null, errno: '', reason: stderr.trim() || stdout.trim() };
  }
  return { major: major ?? '' };
}

function cannotRun(program: string, reason: string): EmbeddedPostgresError {
  const why = usesMusl()
    ? 'this Linux uses the musl C library (Alpine?) and the embedded PostgreSQL is built for glibc'
    : reason;
  return new EmbeddedPostgresError(
    'NO_BINARY',
    `The embedded PostgreSQL at ${program} does not run here: ${why}. ${USE_YOUR_OWN}`,
  );
}

function usesMusl(): boolean {
  if (process.platform !== 'linux') return false;
  const report = process.report.getReport() as { header?: { glibcVersionRuntime?: string } };
  return report.header?.glibcVersionRuntime === undefined;
}
