import { z } from 'zod';
import { count } from '../core/index.js';

/** Options of group commit: appends that one process has under way at the same time are stored by one statement. */
export interface GroupCommitOptions {
  /** Most events of one batch; an append with more goes by itself. 1 to 10,000. @default 500 */
  readonly maxEvents?: number;
  /** Most characters of payload and metadata in one batch; an append with more goes by itself. @default 1000000 */
  readonly maxLength?: number;
  /** Most appends that wait for a batch; further ones fail with `AppendQueueFullError`. @default 10000 */
  readonly maxWaiting?: number;
}

/** What holds where the options say nothing. */
export const GROUP_COMMIT_DEFAULTS: Required<GroupCommitOptions> = Object.freeze({
  maxEvents: 500,
  maxLength: 1_000_000,
  maxWaiting: 10_000,
});

/** Checks {@link GroupCommitOptions}. */
export const groupCommitSchema = z.strictObject({
  maxEvents: count(10_000),
  maxLength: count(100_000_000),
  maxWaiting: count(1_000_000),
});
