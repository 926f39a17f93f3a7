import { createHash } from 'node:crypto';
import {
  accessSync,
  chmodSync,
  constants,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  realpathSync,
  statSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { EmbeddedPostgresError, codeOf } from './errors.js';
import { canEnter, chooseServerUser, isRoot, type ServerUser } from './run-as.js';

/** A data folder that this process may write to and the server's user may enter. */
export interface DataFolder {
  /** Real path; holds `cluster`, `password` and `owners`. */
  dataDir: string;
  /** PostgreSQL's own data directory, inside `dataDir`. */
  cluster: string;
  /** Whom to run the server as, `undefined` for the current user. */
  user: ServerUser | undefined;
}

const FALLBACK_HOME = '/var/lib/tidemark';

/** Creates or checks the folder `wished`; for root, where the server's user cannot get there, a folder beneath /var/lib/tidemark instead. */
export function openDataFolder(wished: string, log: (line: string) => void): DataFolder {
  try {
    refuseForeignCluster(wished);
    return isRoot() ? openAsRoot(wished, log) : openAsOrdinaryUser(wished);
  } catch (error) {
    if (!['EACCES', 'EPERM', 'EROFS', 'ENOTDIR', 'EEXIST', 'ELOOP'].includes(codeOf(error))) throw error;
    throw unreachable(
      `The data folder ${wished} cannot be created or written to: ${(error as Error).message} (made by another user?).`,
      error,
    );
  }
}

/** Where the data of `wished` goes when the server's user cannot reach it. */
export function fallbackFor(wished: string): string {
  const hash = createHash('sha256').update(wished).digest('hex').slice(0, 12);
  return join(FALLBACK_HOME, `${basename(wished)}-${hash}`);
}

function openAsOrdinaryUser(wished: string): DataFolder {
  mkdirSync(wished, { recursive: true, mode: 0o700 });
  const folder = describe(wished, undefined);
  const owner = statSync(folder.cluster, { throwIfNoEntry: false });
  if (owner && process.geteuid && owner.uid !== process.geteuid()) {
    throw unreachable(
      `The data in ${folder.dataDir} belongs to uid ${owner.uid}, and this process is uid ${process.geteuid()} ` +
        `(was it started with sudo once?). Run "sudo chown -R ${process.geteuid()} ${folder.dataDir}".`,
    );
  }
  accessSync(folder.dataDir, constants.R_OK | constants.W_OK | constants.X_OK);
  return folder;
}

function openAsRoot(wished: string, log: (line: string) => void): DataFolder {
  // Data stays where it was made: permissions that change later must not make it vanish behind a fresh, empty database.
  const home = [wished, fallbackFor(wished)].find((folder) => existsSync(join(folder, 'cluster')));
  if (home !== undefined) return reopenAsRoot(home);
  const user = chooseServerUser();
  openIfEmpty(wished);
  const folder = canEnter(user, nearestExisting(wished)) ? wished : fallbackFor(wished);
  if (folder !== wished)
    log(`tidemark: uid ${user.uid}, as which PostgreSQL runs for root, cannot enter ${wished}: using ${folder}`);
  createSearchable(folder);
  return describe(folder, user);
}

function reopenAsRoot(home: string): DataFolder {
  const { uid, gid } = statSync(join(home, 'cluster'));
  if (uid === 0) {
    const { uid: expected } = chooseServerUser();
    throw unreachable(
      `The data in ${home} belongs to root, as whom PostgreSQL refuses to run. Run "chown -R ${expected} ${join(home, 'cluster')}".`,
    );
  }
  if (!canEnter({ uid, gid }, home)) {
    throw unreachable(
      `The data in ${home} belongs to uid ${uid}, who may no longer enter that folder (chmod a+x its parents).`,
    );
  }
  return describe(home, { uid, gid });
}

function createSearchable(folder: string): void {
  const first = mkdirSync(folder, { recursive: true });
  if (first === undefined) return;
  // A strict umask would shut out the server's user from the folders just made.
  for (let made = folder; made.length >= first.length; made = dirname(made)) chmodSync(made, 0o711);
}

/** An empty folder given for the data, such as mkdtemp's with mode 700, is this package's to open; its parents are not. */
function openIfEmpty(folder: string): void {
  const found = statSync(folder, { throwIfNoEntry: false });
  if (found?.uid === 0 && readdirSync(folder).length === 0) chmodSync(folder, found.mode | 0o111);
}

function nearestExisting(folder: string): string {
  let existing = folder;
  while (!existsSync(existing) && existing !== dirname(existing)) existing = dirname(existing);
  return existing;
}

function describe(folder: string, user: ServerUser | undefined): DataFolder {
  // One folder under two names must have one owner.
  const dataDir = realpathSync(folder);
  return { dataDir, cluster: join(dataDir, 'cluster'), user };
}

function refuseForeignCluster(wished: string): void {
  const file = join(wished, 'PG_VERSION');
  if (!existsSync(file)) return;
  throw new EmbeddedPostgresError(
    'DATA_DIR_FOREIGN',
    `${wished} is a PostgreSQL ${readFileSync(file, 'utf8').trim()} data directory that this package did not make, so it has no ` +
      `password for it. Give another dataDir, or start that server yourself and set DATABASE_URL.`,
  );
}

function unreachable(what: string, cause?: unknown): EmbeddedPostgresError {
  return new EmbeddedPostgresError(
    'DATA_DIR_UNREACHABLE',
    `${what} Or give another dataDir, or set DATABASE_URL to a PostgreSQL 14+ of your own.`,
    { cause },
  );
}
