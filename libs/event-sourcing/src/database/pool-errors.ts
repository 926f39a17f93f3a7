import type { EventEmitter } from 'node:events';

/** A pool of `pg`, as far as it is used here; its own type, so that our declarations ask for no types of `pg`. */
interface LendingPool {
  on(event: 'acquire', listener: (client: EventEmitter) => void): unknown;
}

/**
 * Gives every connection of a pool a listener for errors, for good. The pool takes its own away before whoever borrows the
 * connection has added his, which TypeORM does a moment later: an error that arrives together with the end of the statement
 * before, as when the server ends the connection, would have nobody to hear it and end the process. Those who use the
 * connection are told as ever.
 */
export function hearErrorsOf(pool: LendingPool): void {
  const heard = new WeakSet<EventEmitter>();
  pool.on('acquire', (client) => {
    if (heard.has(client)) return;
    heard.add(client);
    client.on('error', () => undefined);
  });
}
