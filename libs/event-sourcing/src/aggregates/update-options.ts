import type { EntityManager } from 'typeorm';
import { assertExpectedVersion } from '../core/index.js';
import { ConcurrencyError } from '../event-store/index.js';
import type { StreamHead } from './stream-fold.js';

/** How to join a transaction. */
export interface TransactionOptions {
  /**
   * Transaction of the caller to read and append in: the events are there if and only if it commits. No snapshot is
   * taken in it. After a rollback load again: what was saved in it tells of events that do not exist. PostgreSQL only.
   */
  readonly manager?: EntityManager;
}

/** How to save. */
export interface SaveOptions extends TransactionOptions {
  /** Version that the state must have been loaded at (If-Match); any other throws `ConcurrencyError` at once. */
  readonly expectedVersion?: number;
}

/** How to load, change and save. */
export interface UpdateOptions extends SaveOptions {
  /**
   * How often to load, change and append at most while others are faster. With `expectedVersion` or `manager` it is
   * once: a later try cannot meet the one, and cannot see past the other's transaction. @default 5
   */
  readonly maxAttempts?: number;
}

const DEFAULT_MAX_ATTEMPTS = 5;

/** How often an update with these options may try. */
export function attemptsOf({ expectedVersion, manager, maxAttempts = DEFAULT_MAX_ATTEMPTS }: UpdateOptions): number {
  return expectedVersion === undefined && manager === undefined ? maxAttempts : 1;
}

/** Refuses a state that does not stand at the version its caller has seen. */
export function assertStandsAt({ streamId, version }: StreamHead, expectedVersion: number | undefined): void {
  if (expectedVersion === undefined) return;
  assertExpectedVersion(expectedVersion);
  if (version !== expectedVersion) throw new ConcurrencyError(streamId, expectedVersion, version);
}
