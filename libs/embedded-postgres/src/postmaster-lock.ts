import { spawnSync } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { codeOf } from './errors.js';
import { identifyProcess } from './process-identity.js';

/** What PostgreSQL's lock file postmaster.pid says of the server that wrote it. */
export interface PostmasterLock {
  pid: number;
  /** `0` until the server has got as far as writing it. */
  port: number;
}

/** Reads the lock file of `cluster`; `null` when there is none or it names no process. */
export function readPostmasterLock(cluster: string): PostmasterLock | null {
  return parsePostmasterLock(readLockFile(cluster) ?? '');
}

/** Pid (line 1) and port (line 4) in the text of a postmaster.pid. */
export function parsePostmasterLock(text: string): PostmasterLock | null {
  const lines = text.split('\n');
  const pid = Number(lines[0]);
  if (!Number.isInteger(pid) || pid <= 0) return null;
  return { pid, port: Number(lines[3]) || 0 };
}

/** Whether the live process `pid` is a PostgreSQL server on `cluster`, judged by its command line. */
export function isPostmasterOf(cluster: string, pid: number): boolean {
  if (identifyProcess(pid) === null) return false;
  // Windows shows no command lines without extra tools: assume so, and let the connection decide.
  if (process.platform === 'win32') return true;
  const words = commandLine(pid);
  return words.includes(`\0-D\0${cluster}\0`) || words.includes(` -D ${cluster} `);
}

/**
 * Makes a lock file of a dead server harmless; call it only as the owner of the data folder and knowing that no server runs.
 *
 * PostgreSQL itself copes when the pid in the file is dead. It refuses to start when the file is empty, or when the pid has
 * meanwhile been given to an unrelated process. Deleting the file would also throw away the key of the shared memory, by which
 * PostgreSQL sees that backends of the dead server still linger; so the pid alone is replaced, by the one pid that PostgreSQL
 * takes for stale although it lives: that of its own parent, this process.
 */
export function disarmStaleLock(cluster: string): void {
  const text = readLockFile(cluster);
  if (text === null) return;
  const lock = parsePostmasterLock(text);
  const file = join(cluster, 'postmaster.pid');
  if (lock === null || process.platform === 'win32') return rmSync(file, { force: true });
  if (identifyProcess(lock.pid) === null) return;
  writeFileSync(file, text.replace(/^\d+/, String(process.pid)));
}

function readLockFile(cluster: string): string | null {
  try {
    return readFileSync(join(cluster, 'postmaster.pid'), 'utf8');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return null;
    throw error;
  }
}

function commandLine(pid: number): string {
  try {
    // Readable for other users' processes too, unlike /proc/<pid>/cwd for a root without CAP_SYS_PTRACE.
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    // No /proc: macOS and the BSDs.
    const { stdout } = spawnSync('ps', ['-ww', '-o', 'command=', '-p', String(pid)], { encoding: 'utf8' });
    return `${stdout} `;
  }
}
