import { spawn, spawnSync } from 'node:child_process';
import type { Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { awaitCondition } from './await-condition.js';
import type { Binaries } from './binaries/binaries.js';
import { EmbeddedPostgresError } from './errors.js';
import { isPostmasterOf } from './postmaster-lock.js';
import type { ServerUser } from './run-as.js';
import { spawnOptions } from './spawn-options.js';

/** A running PostgreSQL server, whether this process spawned it or found it. */
export interface Postmaster {
  pid: number;
  port: number;
  /** Whether its process is gone. */
  hasExited(): boolean;
  /** Calls `listener` when its process ends; never for one that was found, whose end nobody reports. */
  onExit(listener: () => void): void;
  /** The last lines of its log, oldest first; empty for one that was found. */
  lastLines(): string[];
}

type StopSignal = 'SIGINT' | 'SIGQUIT' | 'SIGKILL';

const STOP_BOUND_MS = 10_000;
const KEPT_LINES = 20;

/** Spawns the server; it has not answered yet, and may be about to exit. */
export function spawnPostmaster(
  binaries: Binaries,
  port: number,
  serverArguments: string[],
  user: ServerUser | undefined,
  log: (line: string) => void,
): Promise<Postmaster> {
  const child = spawn(binaries.postgres, serverArguments, {
    ...spawnOptions(user),
    // A process group of its own: Ctrl-C in the terminal must reach the application first, which then stops the server.
    detached: true,
    stdio: ['ignore', 'ignore', 'pipe'],
    windowsHide: true,
  });
  const lines: string[] = [];
  createInterface({ input: child.stderr }).on('line', (line) => {
    lines.push(line);
    if (lines.length > KEPT_LINES) lines.shift();
    log(line);
  });
  // Neither the server nor its log keeps the application alive.
  child.unref();
  (child.stderr as Socket).unref();
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('spawn', () =>
      resolve({
        pid: child.pid!,
        port,
        hasExited: () => child.exitCode !== null || child.signalCode !== null,
        onExit: (listener) => void child.once('exit', listener),
        lastLines: () => lines,
      }),
    );
  });
}

/** The handle of a server that an earlier, killed owner left running on `cluster`. */
export function foundPostmaster(cluster: string, pid: number, port: number): Postmaster {
  return { pid, port, hasExited: () => !isPostmasterOf(cluster, pid), onExit: () => {}, lastLines: () => [] };
}

/** Stops the server: fast shutdown, then harder signals after 10 seconds each; resolves when its process is gone. */
export async function stopPostmaster(postmaster: Postmaster, binaries: Binaries): Promise<void> {
  for (const signal of ['SIGINT', 'SIGQUIT', 'SIGKILL'] as const) {
    signalPostmaster(postmaster, binaries, signal);
    if (await awaitCondition(() => postmaster.hasExited(), STOP_BOUND_MS)) return;
  }
  throw new EmbeddedPostgresError(
    'STOP_FAILED',
    `The PostgreSQL server, process ${postmaster.pid}, survived SIGKILL for ${STOP_BOUND_MS / 1000} s; end it by hand.`,
  );
}

/** Sends a signal without waiting; PostgreSQL takes SIGINT as the order for a fast, clean shutdown. */
export function signalPostmaster(postmaster: Postmaster, binaries: Binaries, signal: StopSignal): void {
  if (postmaster.hasExited()) return;
  if (process.platform === 'win32') {
    // Node's own kill would end the process without a shutdown there.
    spawnSync(binaries.pgCtl, ['kill', signal.slice(3), String(postmaster.pid)], {
      windowsHide: true,
      stdio: 'ignore',
    });
    return;
  }
  try {
    process.kill(postmaster.pid, signal);
  } catch (error) {
    // It exited between the check and the signal.
    if (!postmaster.hasExited()) throw error;
  }
}
