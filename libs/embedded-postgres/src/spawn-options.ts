import type { ServerUser } from './run-as.js';

const WINDOWS_NEEDS = ['SystemRoot', 'PATH', 'TEMP', 'TMP'];

/** How every PostgreSQL program is spawned: as `user` where given, from a folder it can read, with next to no environment. */
export function spawnOptions(user: ServerUser | undefined): {
  uid?: number;
  gid?: number;
  cwd?: string;
  env: NodeJS.ProcessEnv;
} {
  if (process.platform === 'win32') return { env: windowsEnvironment() };
  // PGDATA, LC_ALL, LD_LIBRARY_PATH and the application's secrets are none of the server's business.
  return { ...user, cwd: '/', env: { LC_ALL: 'C' } };
}

function windowsEnvironment(): NodeJS.ProcessEnv {
  // Windows itself looks up its libraries and temporary folder by these.
  // eslint-disable-next-line no-restricted-properties
  const inherited = process.env;
  return { LC_ALL: 'C', ...Object.fromEntries(WINDOWS_NEEDS.map((name) => [name, inherited[name]])) };
}
