import { readFileSync } from 'node:fs';
import { codeOf } from './errors.js';

/** A process as one that its pid alone does not name: pids are reused, start times are not. */
export interface ProcessIdentity {
  pid: number;
  /** Boot id and start tick from /proc, `null` where the system has none. */
  startedAt: string | null;
}

/** Identity of a live process, or `null` when there is none with this pid (a zombie counts as none). */
export function identifyProcess(pid: number): ProcessIdentity | null {
  if (!answersSignals(pid)) return null;
  const stat = readProc(`/proc/${pid}/stat`);
  if (stat === null) return { pid, startedAt: null };
  const { state, startTick } = parseStat(stat);
  // Under a pid 1 that reaps nothing (npm in a container) a dead server stays a zombie and still answers signal 0.
  if (state === 'Z' || state === 'X') return null;
  const boot = readProc('/proc/sys/kernel/random/boot_id')?.trim() ?? '';
  return { pid, startedAt: `${boot}:${startTick}` };
}

/** Whether the very process that was identified earlier still lives; in doubt, yes. */
export function isStillAlive(known: ProcessIdentity): boolean {
  const now = identifyProcess(known.pid);
  if (now === null) return false;
  return now.startedAt === null || known.startedAt === null || now.startedAt === known.startedAt;
}

/** State letter and start tick (fields 3 and 22 of proc(5)) of a /proc/<pid>/stat line. */
export function parseStat(line: string): { state: string; startTick: string } {
  // The second field is the command in parentheses and may itself hold spaces and parentheses.
  const fields = line.slice(line.lastIndexOf(')') + 2).split(' ');
  return { state: fields[0] ?? '', startTick: fields[19] ?? '' };
}

function answersSignals(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return codeOf(error) === 'EPERM';
  }
}

function readProc(path: string): string | null {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    // No /proc on this system, or the process went away in between: both mean "not known".
    return null;
  }
}
