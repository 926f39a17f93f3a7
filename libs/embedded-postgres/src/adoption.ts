import { setTimeout as delay } from 'node:timers/promises';
import type { Binaries } from './binaries/binaries.js';
import type { DataFolder } from './data-folder.js';
import type { ResolvedOptions } from './embedded-postgres.options.js';
import { EmbeddedPostgresError } from './errors.js';
import { disarmStaleLock, isPostmasterOf, readPostmasterLock } from './postmaster-lock.js';
import { foundPostmaster, stopPostmaster, type Postmaster } from './postmaster.js';
import { serverArguments, wasStartedWith } from './server-arguments.js';
import { askServer } from './server-connection.js';

const SILENT_BOUND_MS = 30_000;
const RECOVERY_BOUND_MS = 300_000;
const RETRY_MS = 50;

/**
 * Takes over the server that a killed owner left running, if it still runs just as `options` ask for; one that runs otherwise is
 * stopped. Returns `null`, with no server running and no lock file in the way, when a new one has to be started.
 */
export async function adopt(
  folder: DataFolder,
  binaries: Binaries,
  options: ResolvedOptions,
  password: string,
): Promise<Postmaster | null> {
  const { cluster } = folder;
  const running = await findRunning(cluster, password);
  if (running === null) {
    disarmStaleLock(cluster);
    return null;
  }
  const port = options.port === 0 ? running.port : options.port;
  if (wasStartedWith(cluster, serverArguments(cluster, port, options))) return running;
  options.log(`tidemark: stopping the server ${running.pid}, left running by a killed process with other options`);
  await stopPostmaster(running, binaries);
  return null;
}

async function findRunning(cluster: string, password: string): Promise<Postmaster | null> {
  const began = Date.now();
  let bound = SILENT_BOUND_MS;
  for (;;) {
    // Read anew each time: a server that is still starting has not written its port yet.
    const lock = readPostmasterLock(cluster);
    if (lock === null || !isPostmasterOf(cluster, lock.pid)) return null;
    const answer = lock.port === 0 ? 'silent' : await askServer({ port: lock.port, password, cluster });
    if (answer === 'ready') return foundPostmaster(cluster, lock.pid, lock.port);
    // Recovering after a crash, or on its way out: either ends by itself.
    if (answer === 'starting') bound = RECOVERY_BOUND_MS;
    if (process.platform === 'win32' && answer === 'silent') return null;
    if (Date.now() - began > bound) throw stuck(cluster, lock.pid);
    await delay(RETRY_MS);
  }
}

function stuck(cluster: string, pid: number): EmbeddedPostgresError {
  return new EmbeddedPostgresError(
    'START_FAILED',
    `The PostgreSQL server ${pid}, left running on ${cluster} by a process that was killed, does not answer. ` +
      `Stop it with "kill -INT ${pid}" and start again.`,
  );
}
