import { InvalidArgumentError } from '../../core/index.js';

/**
 * An object with a `then` is awaited by calling that with two functions; then no expectation would ever be looked at. Rejects
 * the await. @param awaited what `then` got behind its first argument.
 */
export function refuseAwait([reject]: readonly unknown[]): void {
  const forgotten = new InvalidArgumentError(
    'then',
    'A test awaits what was given and expects nothing. End it by .then([...]) or another of its expectations.',
  );
  if (typeof reject !== 'function') throw forgotten;
  (reject as (error: unknown) => void)(forgotten);
}
