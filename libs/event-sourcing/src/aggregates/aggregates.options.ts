import { ConfigurationError } from '../core/index.js';

/** Options of the aggregates room. */
export interface AggregatesOptions {
  /** `false` neither reads nor takes any snapshot, whatever the classes say: every load replays its stream. @default true */
  readonly snapshotsEnabled?: boolean;
  /** Snapshots that may wait in the background, per repository; more are dropped and reported. 1 to 100,000. @default 100 */
  readonly snapshotQueueLimit?: number;
}

/** What holds where the options say nothing. */
export const AGGREGATES_DEFAULTS: Required<AggregatesOptions> = Object.freeze({
  snapshotsEnabled: true,
  snapshotQueueLimit: 100,
});

/** Token under which the root module provides {@link AggregatesOptions}; without it the defaults hold. */
export const AGGREGATES_OPTIONS = Symbol('AggregatesOptions');

/** The options with defaults filled in. Throws {@link ConfigurationError} that lists all that is wrong. */
export function resolveAggregatesOptions(options: AggregatesOptions = {}): Required<AggregatesOptions> {
  const { snapshotsEnabled = AGGREGATES_DEFAULTS.snapshotsEnabled } = options;
  const { snapshotQueueLimit = AGGREGATES_DEFAULTS.snapshotQueueLimit } = options;
  const problems: string[] = [];
  if (typeof snapshotsEnabled !== 'boolean') {
    problems.push(`aggregates.snapshotsEnabled must be true or false, not ${String(snapshotsEnabled)}.`);
  }
  if (!Number.isInteger(snapshotQueueLimit) || snapshotQueueLimit < 1 || snapshotQueueLimit > 100_000) {
    problems.push(
      `aggregates.snapshotQueueLimit must be a whole number from 1 to 100,000, not ${String(snapshotQueueLimit)}.`,
    );
  }
  if (problems.length > 0) throw new ConfigurationError(problems);
  return { snapshotsEnabled, snapshotQueueLimit };
}
