import type { Checkpoint } from '../checkpoint-store.js';
import type { RebuildRecord } from '../ownership/subscription-directory.js';

/** How far a rebuild has come. */
export interface RebuildProgress {
  /** `requested`: nobody has put the checkpoints back yet. `running`: events are handled again. `finished`: all of them have been. */
  readonly phase: 'requested' | 'running' | 'finished';
  /** Events handled since the checkpoints were put back; at most `total`. */
  readonly done: bigint;
  /** Events that there were to handle when the checkpoints were put back; `undefined` before. */
  readonly total: bigint | undefined;
  /** Events per second since the checkpoints were put back; 0 before. */
  readonly ratePerSecond: number;
  /** Time left at this rate; `undefined` while nothing is known. */
  readonly secondsLeft: number | undefined;
}

/** Whether all partitions have come to the target. */
export function isAtTarget(target: bigint, partitions: number, checkpoints: readonly Checkpoint[]): boolean {
  return checkpoints.length >= partitions && checkpoints.every(({ position }) => position >= target);
}

/** @param checkpoints those of the subscription. */
export function rebuildProgress(record: RebuildRecord, checkpoints: readonly Checkpoint[], now: Date): RebuildProgress {
  const { startedAt, finishedAt, total } = record;
  if (startedAt === undefined || total === undefined) {
    return { phase: 'requested', done: 0n, total: undefined, ratePerSecond: 0, secondsLeft: undefined };
  }
  const handled = checkpoints.reduce((sum, checkpoint) => sum + checkpoint.handled, 0n);
  const done = finishedAt !== undefined || handled > total ? total : handled;
  const seconds = Math.max(0.001, ((finishedAt ?? now).getTime() - startedAt.getTime()) / 1000);
  const ratePerSecond = Number(done) / seconds;
  const left = Number(total - done);
  const secondsLeft = left === 0 ? 0 : ratePerSecond === 0 ? undefined : left / ratePerSecond;
  return { phase: finishedAt === undefined ? 'running' : 'finished', done, total, ratePerSecond, secondsLeft };
}
