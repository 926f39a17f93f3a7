import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { EmbeddedPostgresError, codeOf } from './errors.js';

/** The operating-system user that the server's processes run as. */
export interface ServerUser {
  uid: number;
  gid: number;
}

const CREATED_USER = 'tidemark-postgres';
const CANDIDATES = ['postgres', 'nobody', CREATED_USER];

/** Whether this process is root, as which PostgreSQL refuses to run. */
export function isRoot(): boolean {
  return process.geteuid?.() === 0;
}

/** An unprivileged user for a server started by root: `postgres`, else `nobody`, else one made for it; `NO_USER` when none can be had. */
export function chooseServerUser(): ServerUser {
  const found = findUser(readFileSync('/etc/passwd', 'utf8'), CANDIDATES);
  if (found) return found;
  spawnSync('useradd', ['--system', '--no-create-home', '--shell', '/usr/sbin/nologin', CREATED_USER], {
    stdio: 'ignore',
  });
  const created = findUser(readFileSync('/etc/passwd', 'utf8'), [CREATED_USER]);
  if (created) return created;
  throw new EmbeddedPostgresError(
    'NO_USER',
    `PostgreSQL refuses to run as root, and this system has none of the users ${CANDIDATES.join(', ')} nor lets one be made. ` +
      `Run the application as an ordinary user, or set DATABASE_URL to a PostgreSQL 14+ of your own.`,
  );
}

/** The first of `names` with an unprivileged entry in the text of an /etc/passwd. */
export function findUser(passwd: string, names: readonly string[]): ServerUser | undefined {
  const entries = passwd.split('\n').map((line) => line.split(':'));
  for (const name of names) {
    const entry = entries.find(([user]) => user === name);
    const [uid, gid] = [Number(entry?.[2] || NaN), Number(entry?.[3] || NaN)];
    if (Number.isInteger(uid) && Number.isInteger(gid) && uid !== 0) return { uid, gid };
  }
  return undefined;
}

/** Whether `user` can enter `folder`: every parent searchable, access lists and mounts included, because it is really tried. */
export function canEnter(user: ServerUser, folder: string): boolean {
  const { error, status } = spawnSync('/bin/sh', ['-c', 'cd "$1"', 'sh', folder], {
    ...user,
    cwd: '/',
    stdio: 'ignore',
  });
  const errno = codeOf(error);
  if (errno === 'EPERM' || errno === 'EINVAL') {
    throw new EmbeddedPostgresError(
      'NO_USER',
      `PostgreSQL refuses to run as root, and this root may not become uid ${user.uid} (a container without that right?). ` +
        `Run the application as an ordinary user, or set DATABASE_URL to a PostgreSQL 14+ of your own.`,
      { cause: error },
    );
  }
  // Without a shell nothing can be tried; the server itself will tell.
  return errno === 'ENOENT' || status === 0;
}
