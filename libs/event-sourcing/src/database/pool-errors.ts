import type { EventEmitter } from 'node:events';
import { PoolTimeoutError } from './errors.js';

/** What `pg-pool` throws where none came free in time; all that tells it from other errors. */
const TIMED_OUT = 'timeout exceeded when trying to connect';

/** A pool of `pg`, as far as it is used here; its own type, so that our declarations ask for no types of `pg`. */
interface LendingPool {
  on(event: 'acquire', listener: (client: EventEmitter) => void): unknown;
}

type Lent = (error: unknown, ...lent: readonly unknown[]) => void;

/** A pool of `pg` as one asks it for connections: by a promise, or by a callback. */
interface AskedPool {
  readonly options: { readonly max: number; readonly connectionTimeoutMillis?: number };
  connect(callback?: Lent): Promise<unknown> | undefined;
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

/**
 * Has whoever waits in vain for a connection of the pool, be it Tidemark or the app through TypeORM, get an error that says so. The
 * driver's own has neither code nor figures, and speaks of connecting.
 */
export function explainTimeoutsOf(pool: object): void {
  const asked = pool as AskedPool;
  const connect = asked.connect.bind(asked);
  const { max, connectionTimeoutMillis = 0 } = asked.options;
  const explained = (error: unknown): unknown =>
    error instanceof Error && error.message === TIMED_OUT
      ? new PoolTimeoutError(max, connectionTimeoutMillis, error)
      : error;
  asked.connect = (callback) => {
    if (callback !== undefined) return connect((error, ...lent) => callback(explained(error), ...lent));
    return connect()?.catch((error: unknown) => {
      throw explained(error);
    });
  };
}
