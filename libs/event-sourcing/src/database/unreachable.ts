import { isConnectionError } from './sqlstate.js';

/**
 * Whether an error, or what it names as its `cause`, says that the database cannot be reached: refused, broken off, starting or
 * stopping, without room, or none of the pool came free; over HTTP, answer it with 503. A write that was under way when its
 * connection broke off may be stored or not. A connection to any other server that fails looks the same, except with `fetch`.
 */
export function isDatabaseUnreachable(error: unknown): boolean {
  const seen = new Set<unknown>();
  let current = error;
  while (typeof current === 'object' && current !== null && !seen.has(current)) {
    if (isConnectionError(current)) return true;
    seen.add(current);
    const { name, cause } = current as { name?: unknown; cause?: unknown };
    // `fetch` throws one whose cause is that some other server cannot be reached; the database's errors never come in one.
    if (name === 'TypeError') return false;
    current = cause;
  }
  return false;
}
