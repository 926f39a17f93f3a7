import type { ClientConfig, Pool } from 'pg';
import type { DataSource } from 'typeorm';

/** How `pg_stat_activity` shows the control connection. */
const CONTROL_APPLICATION_NAME = 'tidemark control';

/** Longest wait for a connection, in milliseconds. */
const CONNECT_TIMEOUT_MS = 5_000;

/**
 * How to connect as a DataSource does, beside its pool; to another address where `directUrl` names one, which then says
 * user and password too. Wants the DataSource initialized.
 */
export function controlSettings(dataSource: DataSource, directUrl?: string): object {
  const { options } = (dataSource.driver as unknown as { master: Pool }).master;
  // The pool hides the password from enumeration; it may be a function, asked anew for each connection.
  const pool: ClientConfig = { ...options, password: options.password };
  // The limits of requests are not for it: how long it waits for an answer it says itself.
  const { host, port, user, password, database, statement_timeout: _limit, query_timeout: _wait, ...rest } = pool;
  const address = directUrl === undefined ? { host, port, user, password, database } : { connectionString: directUrl };
  return {
    ...rest,
    ...address,
    application_name: CONTROL_APPLICATION_NAME,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    keepAlive: true,
    // Statements do not wait for each other's answers, which would take a turn of the event loop each.
    pipeline: true,
  };
}
