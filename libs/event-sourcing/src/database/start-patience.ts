import { setTimeout as delay } from 'node:timers/promises';
import { fullJitterMs } from '../core/index.js';
import { DatabaseUnreachableError } from './errors.js';
import { isConnectionError } from './sqlstate.js';

const FIRST_REST_MS = 100;
const LONGEST_REST_MS = 2_000;

/** How to be patient. */
export interface StartPatience {
  /** How long to go on trying, in milliseconds. */
  readonly timeoutMs: number;
  /** Told of each try that failed, with the rest before the next, in milliseconds. */
  readonly onFailure: (error: unknown, retryInMs: number) => void;
}

/**
 * Does `work` again for as long as the database cannot be reached: it may be restarting just now. Throws
 * {@link DatabaseUnreachableError} when the time is over; any other error at once.
 */
export async function oncePossible<T>(work: () => Promise<T>, { timeoutMs, onFailure }: StartPatience): Promise<T> {
  const startedAt = performance.now();
  for (let failures = 1; ; failures++) {
    try {
      return await work();
    } catch (error) {
      if (!isConnectionError(error)) throw error;
      const restMs = fullJitterMs(failures, FIRST_REST_MS, LONGEST_REST_MS);
      const triedForMs = Math.round(performance.now() - startedAt);
      if (triedForMs + restMs > timeoutMs) throw new DatabaseUnreachableError(triedForMs, error);
      onFailure(error, restMs);
      await delay(restMs);
    }
  }
}
