import type { EmbeddedPostgres } from '@tidemark/embedded-postgres';
import { PinoLogger } from 'nestjs-pino';
import type { RunningOrders } from './bootstrap.js';
import type { Database } from './database/database.js';

/** What is said of a database. */
interface Told extends Pick<Database, 'url'> {
  readonly embedded: Pick<EmbeddedPostgres, 'port' | 'dataDir'> | undefined;
}

/** Says that the app has started: to people as it is, to a machine as one line of the log, whatever level that has. */
export function announce(orders: RunningOrders): void {
  if (process.stdout.isTTY) console.log(banner(orders));
  else PinoLogger.root.child({ fact: 'orders.ready', url: orders.url }, { level: 'info' }).info(banner(orders));
}

/** What people see when the app has started; no credentials, wherever the connection string has them. */
export function banner({
  url,
  database,
}: Pick<RunningOrders, 'url'> & { readonly database: Told | undefined }): string {
  return [
    'Tidemark orders is ready.',
    `  API       ${url}/orders`,
    `  OpenAPI   ${url}/docs`,
    `  Database  ${describe(database)}`,
  ].join('\n');
}

function describe(database: Told | undefined): string {
  if (database === undefined) return 'none: everything is kept in memory and gone when this process ends';
  const { embedded } = database;
  if (embedded !== undefined) return `embedded PostgreSQL on port ${embedded.port}, data in ${embedded.dataDir}`;
  // Neither the user nor the query, which may hold a password as well.
  const { hostname, port, pathname } = new URL(database.url);
  return `PostgreSQL of DATABASE_URL, ${hostname || 'a local socket'}${port && `:${port}`}${pathname}`;
}
