import { setTimeout as delay } from 'node:timers/promises';
import { CommandError } from '../errors.js';
import { EXIT } from '../exit-code.js';

/** How often to look, in milliseconds. */
const LOOK_INTERVAL_MS = 200;

/** How to wait for something that goes on whether or not anybody waits. */
export interface Waiting {
  /** Said where the wait ends before the work does, such as 'The rebuild goes on.' */
  readonly goesOn: string;
  /** Broken off by this. */
  readonly signal: AbortSignal;
  /** In seconds. @default for ever */
  readonly timeout?: number;
}

/**
 * Looks again and again until `look` gives something; rests longer where a look takes long. Throws {@link CommandError} when it
 * is interrupted or the time is over.
 */
export async function waitFor<T>(look: () => Promise<T | undefined>, { goesOn, signal, timeout }: Waiting): Promise<T> {
  const startedAt = performance.now();
  for (;;) {
    const lookedAt = performance.now();
    const found = await look();
    if (found !== undefined) return found;
    const now = performance.now();
    if (timeout !== undefined && now - startedAt >= timeout * 1_000) {
      throw new CommandError(EXIT.failed, `Not done within ${timeout} s. ${goesOn}`);
    }
    try {
      await delay(Math.max(LOOK_INTERVAL_MS, 10 * (now - lookedAt)), undefined, { signal });
    } catch (cause) {
      throw new CommandError(EXIT.interrupted, `The wait was broken off. ${goesOn}`, { cause });
    }
  }
}
