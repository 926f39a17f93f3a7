import type { PoolClient } from 'pg';
import { type DataSource, type EntityManager, type QueryRunner, QueryRunnerAlreadyReleasedError } from 'typeorm';
import { ConnectionLostError } from './errors.js';
import { isConnectionError } from './sqlstate.js';

/** How a transaction is to be held. */
export interface TransactionOptions {
  /**
   * How long its locks may outlive a process that is frozen or cut off, in milliseconds: the server ends a transaction that
   * lies idle for longer. One whose process is alive never does, however long its work takes. @default the server's own
   */
  readonly idleTimeoutMs?: number;
  /** Whether a statement may take longer than the `statement_timeout` of the connection, as what works on a whole table does. @default false */
  readonly unlimited?: boolean;
}

/** A client of `pg`; `readyForQuery`, which its types lack, is `false` while the server works on a statement. */
type Client = PoolClient & { readonly readyForQuery?: boolean };

/** Cancels what a backend is at; may fail. */
export type CancelStatement = (pid: number) => Promise<unknown>;

/**
 * Runs `work` in a READ COMMITTED transaction. Throws {@link ConnectionLostError} where that broke off under it. Where `work` fails
 * while a statement of its own still runs, as one that is aborted and waits for a lock, that statement is cancelled.
 */
export async function inTransaction<T>(
  dataSource: DataSource,
  work: (manager: EntityManager) => Promise<T>,
  options: TransactionOptions,
  cancel: CancelStatement,
): Promise<T> {
  const { idleTimeoutMs } = options;
  const queryRunner = dataSource.createQueryRunner();
  let backend: { readonly client: Client; readonly pid: number } | undefined;
  try {
    await queryRunner.startTransaction();
    backend = await prepare(queryRunner, options);
    const result = await keptAlive(queryRunner, idleTimeoutMs, () => work(queryRunner.manager));
    await queryRunner.commitTransaction();
    return result;
  } catch (error) {
    // The ROLLBACK would wait for it; where the connection is gone, so is the statement.
    const isBusy = backend?.client.readyForQuery === false && !queryRunner.isReleased && !isConnectionError(error);
    if (isBusy && backend !== undefined) await cancel(backend.pid).catch(() => undefined);
    // What `work` failed with is what counts; a transaction that cannot be rolled back is gone already.
    await queryRunner.rollbackTransaction().catch(() => undefined);
    // TypeORM releases the query runner of a broken connection, and its next query, which may be the COMMIT, complains of that.
    throw error instanceof QueryRunnerAlreadyReleasedError ? new ConnectionLostError(error) : error;
  } finally {
    await queryRunner.release();
  }
}

// All in one message, so that none costs a round trip of its own; local, for a pooler may share the session. The number of the
// backend is asked for, because a pooler tells one of its own.
async function prepare(
  queryRunner: QueryRunner,
  options: TransactionOptions,
): Promise<{ client: Client; pid: number }> {
  const client = (await queryRunner.connect()) as Client;
  const text = `set transaction isolation level read committed${limitsOf(options)}; select pg_backend_pid() as pid`;
  const results = (await client.query(text)) as unknown as readonly { readonly rows: readonly { pid: number }[] }[];
  return { client, pid: results.at(-1)?.rows[0]?.pid ?? 0 };
}

function limitsOf({ idleTimeoutMs, unlimited = false }: TransactionOptions): string {
  const idle =
    idleTimeoutMs === undefined ? '' : `; set local idle_in_transaction_session_timeout = ${Math.ceil(idleTimeoutMs)}`;
  return unlimited ? `${idle}; set local statement_timeout = 0` : idle;
}

// Handlers may wait for something else than the database, all of a batch together for long. A process that can still send
// this is not the one that the limit is meant for.
async function keptAlive<T>(
  queryRunner: QueryRunner,
  idleTimeoutMs: number | undefined,
  work: () => Promise<T>,
): Promise<T> {
  const client = (await queryRunner.connect()) as Client;
  const timer =
    idleTimeoutMs === undefined
      ? undefined
      : setInterval(() => {
          if (client.readyForQuery !== true || queryRunner.isReleased) return;
          // An error of its own shows in the next statement of the transaction as well.
          client.query('select 1').catch(() => undefined);
        }, idleTimeoutMs / 3);
  try {
    const result = await work();
    // TypeORM releases the query runner of a broken connection, and its next query complains of just that.
    if (queryRunner.isReleased) throw new Error('its query runner has been released');
    return result;
  } catch (error) {
    if (queryRunner.isReleased) throw new ConnectionLostError(error);
    throw error;
  } finally {
    clearInterval(timer);
  }
}
