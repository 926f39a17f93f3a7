import { randomUUID } from 'node:crypto';
import { linkSync, mkdirSync, readFileSync, readdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { EmbeddedPostgresError, codeOf } from './errors.js';
import { identifyProcess, isStillAlive, type ProcessIdentity } from './process-identity.js';

/** Proof that this process, and no other, owns a data folder. */
export interface OwnerClaim {
  /** Gives the folder up; idempotent. */
  release(): void;
}

const DRAFT = /^draft\.(\d+)\./;

/**
 * Makes this process the owner of `dataDir`, or throws `DATA_DIR_IN_USE` when a live process is.
 *
 * The owners are numbered files and the highest number counts. A claim creates the next number with link(2), which is atomic and
 * shows the file only with its content; the highest file is never deleted, only emptied on release, so that nobody can judge a
 * file stale and then remove a newer one, which is the race of every "delete the stale lock, create mine".
 */
export function claimDataFolder(dataDir: string): OwnerClaim {
  const folder = join(dataDir, 'owners');
  mkdirSync(folder, { recursive: true });
  const draft = join(folder, `draft.${process.pid}.${randomUUID()}`);
  writeFileSync(draft, JSON.stringify(identifyProcess(process.pid)), { flag: 'wx', mode: 0o644 });
  try {
    for (;;) {
      const mine = tryClaim(folder, draft, dataDir);
      if (mine !== null) return claimOf(join(folder, String(mine)));
    }
  } finally {
    rmSync(draft, { force: true });
  }
}

function tryClaim(folder: string, draft: string, dataDir: string): number | null {
  const latest = latestNumber(folder);
  const owner = latest === 0 ? null : readOwner(join(folder, String(latest)));
  if (owner !== null && isStillAlive(owner)) throw inUse(dataDir, owner.pid);
  const mine = latest + 1;
  try {
    linkSync(draft, join(folder, String(mine)));
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return null;
    throw error;
  }
  // Listed before a newer owner came, linked after that owner cleared this number away: not the highest, so not the owner.
  if (latestNumber(folder) !== mine) {
    rmSync(join(folder, String(mine)), { force: true });
    return null;
  }
  clearOlder(folder, mine);
  return mine;
}

function latestNumber(folder: string): number {
  return Math.max(0, ...readdirSync(folder).filter(isNumber).map(Number));
}

function clearOlder(folder: string, mine: number): void {
  for (const name of readdirSync(folder)) {
    const draftPid = DRAFT.exec(name)?.[1];
    const abandoned = draftPid !== undefined && identifyProcess(Number(draftPid)) === null;
    if (abandoned || (isNumber(name) && Number(name) < mine)) rmSync(join(folder, name), { force: true });
  }
}

function readOwner(file: string): ProcessIdentity | null {
  try {
    const parsed: unknown = JSON.parse(readFileSync(file, 'utf8'));
    return isIdentity(parsed) ? parsed : null;
  } catch (error) {
    // Emptied on release, or lost its content in a power cut: no owner. Gone: a newer number exists and link() will tell.
    if (error instanceof SyntaxError || codeOf(error) === 'ENOENT') return null;
    throw error;
  }
}

function claimOf(file: string): OwnerClaim {
  let released = false;
  return {
    release() {
      if (released) return;
      released = true;
      try {
        truncateSync(file);
      } catch (error) {
        // The whole data folder was removed, and the claim with it.
        if (codeOf(error) !== 'ENOENT') throw error;
      }
    },
  };
}

function isNumber(name: string): boolean {
  return /^\d+$/.test(name);
}

function isIdentity(value: unknown): value is ProcessIdentity {
  return typeof value === 'object' && value !== null && 'pid' in value && typeof value.pid === 'number';
}

function inUse(dataDir: string, pid: number): EmbeddedPostgresError {
  return new EmbeddedPostgresError(
    'DATA_DIR_IN_USE',
    `The data folder ${dataDir} is in use by the running process ${pid}${pid === process.pid ? ' (this one)' : ''}. ` +
      `Stop that process, give this one a dataDir of its own, or set DATABASE_URL to a server that both can share.`,
  );
}
