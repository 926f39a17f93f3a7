import { setTimeout as delay } from 'node:timers/promises';
import type { Binaries } from './binaries/binaries.js';
import type { DataFolder } from './data-folder.js';
import type { ResolvedOptions } from './embedded-postgres.options.js';
import { EmbeddedPostgresError } from './errors.js';
import { isPortTaken, pickFreePort } from './free-port.js';
import { readPostmasterLock } from './postmaster-lock.js';
import { spawnPostmaster, stopPostmaster, type Postmaster } from './postmaster.js';
import { serverArguments } from './server-arguments.js';
import { askServer } from './server-connection.js';

const READY_BOUND_MS = 30_000;
const RECOVERY_BOUND_MS = 300_000;
const LINGERING_BOUND_MS = 15_000;
const PORT_ATTEMPTS = 10;
const RETRY_MS = 100;

/** Starts a server on the folder's cluster and waits until it answers; `onSpawn` hears of each process as soon as it lives. */
export async function launch(
  folder: DataFolder,
  binaries: Binaries,
  options: ResolvedOptions,
  password: string,
  onSpawn: (postmaster: Postmaster) => void,
): Promise<Postmaster> {
  const lingeringUntil = Date.now() + LINGERING_BOUND_MS;
  for (let attempt = 1; ;) {
    const port = options.port === 0 ? await pickFreePort() : options.port;
    if (options.port !== 0 && (await isPortTaken(port))) throw portTaken(port);
    const words = serverArguments(folder.cluster, port, options);
    const postmaster = await spawnPostmaster(binaries, port, words, folder.user, options.log);
    onSpawn(postmaster);
    if (await becameReady(postmaster, binaries, folder, password)) return postmaster;
    if (leftLockAlone(folder, postmaster) && Date.now() < lingeringUntil) {
      // Backends of a killed server live on for moments with its shared memory, and PostgreSQL rightly waits for their end.
      await delay(RETRY_MS);
    } else if (!(await isPortTaken(port))) {
      throw startFailed('exited at once', postmaster);
    } else if (options.port !== 0 || attempt++ >= PORT_ATTEMPTS) {
      throw portTaken(port);
    }
  }
}

async function becameReady(
  postmaster: Postmaster,
  binaries: Binaries,
  { cluster }: DataFolder,
  password: string,
): Promise<boolean> {
  const began = Date.now();
  let bound = READY_BOUND_MS;
  while (!postmaster.hasExited()) {
    const answer = await askServer({ port: postmaster.port, password, cluster });
    if (answer === 'ready' && !postmaster.hasExited()) return true;
    // It replays its log after a crash: killing it now would only make the next start begin anew.
    if (answer === 'starting') bound = RECOVERY_BOUND_MS;
    if (Date.now() - began > bound) {
      await stopPostmaster(postmaster, binaries);
      throw startFailed(`did not answer on port ${postmaster.port} within ${bound / 1000} s`, postmaster);
    }
    await delay(RETRY_MS / 5);
  }
  return false;
}

/** A server that exits because of an older lock file leaves it; one that fails later removes its own. */
function leftLockAlone({ cluster }: DataFolder, postmaster: Postmaster): boolean {
  const lock = readPostmasterLock(cluster);
  return lock !== null && lock.pid !== postmaster.pid;
}

function portTaken(port: number): EmbeddedPostgresError {
  return new EmbeddedPostgresError(
    'PORT_TAKEN',
    `Port ${port} on 127.0.0.1 is taken by another program. Give another port, or leave it out to get a free one.`,
  );
}

function startFailed(what: string, postmaster: Postmaster): EmbeddedPostgresError {
  const lines = postmaster.lastLines();
  const log = lines.length > 0 ? ` Its last log lines:\n${lines.join('\n')}` : '';
  return new EmbeddedPostgresError('START_FAILED', `The PostgreSQL server ${what}.${log}`);
}
