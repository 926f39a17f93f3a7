import { setTimeout as delay } from 'node:timers/promises';
import { fullJitterMs, InvalidArgumentError } from '../core/index.js';
import { ConcurrencyError } from '../event-store/index.js';

const FIRST_DELAY_MS = 10;
const LONGEST_DELAY_MS = 200;

/** One try of an update, in two steps, so that only a conflict of its own commit is retried. */
export interface Attempt<P, R> {
  /** Loads and decides; whatever it throws ends the update. */
  prepare(): Promise<P>;
  /** Appends; a {@link ConcurrencyError} leads to the next try. */
  commit(prepared: P): Promise<R>;
}

/**
 * Tries until the commit meets no conflict, `maxAttempts` times at most. Between tries it rests for a moment, with full
 * jitter, so that contenders spread out.
 */
export async function retryOnConflict<P, R>(attempt: Attempt<P, R>, maxAttempts: number): Promise<R> {
  if (!Number.isInteger(maxAttempts) || maxAttempts < 1) {
    throw new InvalidArgumentError('maxAttempts', `maxAttempts is ${maxAttempts}; give a whole number from 1.`);
  }
  for (let tried = 1; ; tried++) {
    const prepared = await attempt.prepare();
    try {
      return await attempt.commit(prepared);
    } catch (error) {
      if (!(error instanceof ConcurrencyError) || tried >= maxAttempts) throw error;
    }
    await delay(fullJitterMs(tried, FIRST_DELAY_MS, LONGEST_DELAY_MS));
  }
}
