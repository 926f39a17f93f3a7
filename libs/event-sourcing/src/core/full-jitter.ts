import { fullJitterGenerator } from 'cockatiel';

/**
 * Rest before the next attempt: a random share of `initialMs` doubled with each failure, bounded by `maxMs`, at least a
 * millisecond. Spreads out those who failed together. After "Exponential Backoff and Jitter", AWS Architecture Blog, 2015.
 *
 * @param failures failures in a row, from 1.
 */
export function fullJitterMs(failures: number, initialMs: number, maxMs: number): number {
  const options = { initialDelay: initialMs, maxDelay: maxMs, exponent: 2, generator: fullJitterGenerator };
  const [delayMs] = fullJitterGenerator(failures - 1, options);
  return delayMs + 1;
}
