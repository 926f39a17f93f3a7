/**
 * When the snapshot that falls due is written. `sync`: before the save returns. `background`: after it, one at a time
 * per repository. `manual`: never by itself, only by `repository.snapshot(id)`.
 */
export type SnapshotMode = 'background' | 'sync' | 'manual';

/** Whether and when snapshots of a kind of stream are taken. */
export interface SnapshotOptions {
  /** Takes a snapshot whenever the version passes a multiple of this number of events. @default no snapshots */
  readonly snapshotEvery?: number;
  /** @default 'background' */
  readonly snapshotMode?: SnapshotMode;
  /** Schema version of the state, 1 to 32,767. Raise it with every change of its shape: older snapshots are then ignored. @default 1 */
  readonly snapshotVersion?: number;
}

/** {@link SnapshotOptions} with nothing left open, for a kind of stream that has snapshots. */
export interface SnapshotPolicy {
  /** `Infinity` where snapshots are taken by hand only. */
  readonly every: number;
  readonly mode: SnapshotMode;
  readonly schemaVersion: number;
}

/** The policy that the options ask for, `undefined` where they ask for no snapshots. */
export function snapshotPolicyOf(options: SnapshotOptions): SnapshotPolicy | undefined {
  const { snapshotEvery, snapshotMode: mode = 'background', snapshotVersion: schemaVersion = 1 } = options;
  if (snapshotEvery === undefined && mode !== 'manual') return undefined;
  return Object.freeze({ every: snapshotEvery ?? Infinity, mode, schemaVersion });
}

/** Everything that is wrong with the options, each as a sentence. */
export function problemsOfSnapshotOptions(options: SnapshotOptions): string[] {
  const { snapshotEvery, snapshotMode, snapshotVersion = 1 } = options;
  const problems: string[] = [];
  if (snapshotEvery !== undefined && !isWholeNumber(snapshotEvery, Number.MAX_SAFE_INTEGER)) {
    problems.push(`snapshotEvery must be a whole number from 1, not ${String(snapshotEvery)}.`);
  }
  if (snapshotMode !== undefined && !['background', 'sync', 'manual'].includes(snapshotMode)) {
    problems.push(`snapshotMode must be 'background', 'sync' or 'manual', not '${String(snapshotMode)}'.`);
  } else if (snapshotMode === 'manual' && snapshotEvery !== undefined) {
    problems.push(`snapshotEvery has no effect in the snapshotMode 'manual'; give one of the two.`);
  } else if (snapshotMode !== undefined && snapshotMode !== 'manual' && snapshotEvery === undefined) {
    problems.push(`the snapshotMode '${snapshotMode}' has no effect without snapshotEvery.`);
  }
  if (!isWholeNumber(snapshotVersion, 32_767)) {
    problems.push(`snapshotVersion must be a whole number from 1 to 32,767, not ${String(snapshotVersion)}.`);
  }
  return problems;
}

function isWholeNumber(value: number, most: number): boolean {
  return Number.isInteger(value) && value >= 1 && value <= most;
}
