import type { EmbeddedPostgres } from '@tidemark/embedded-postgres';
import { PinoLogger } from 'nestjs-pino';
import type { RunningOrders } from './bootstrap.js';
import type { Connection } from './database/typeorm.options.js';

/** What is said of a database. */
interface Told {
  readonly connection: Pick<Connection, 'host' | 'port' | 'database'>;
  readonly embedded: Pick<EmbeddedPostgres, 'port' | 'dataDir'> | undefined;
}

/** Says that the app has started: to people as it is, to a machine as one line of the log, whatever level that has. */
export function announce(orders: RunningOrders): void {
  if (process.stdout.isTTY) console.log(banner(orders));
  else PinoLogger.root.child({ fact: 'orders.ready', url: orders.url }, { level: 'info' }).info(banner(orders));
}

/** What people see when the app has started; no credentials. */
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
  const { host, port, database: name } = database.connection;
  const server = host?.startsWith('/') === true ? 'a local socket' : (host ?? 'localhost');
  return `PostgreSQL of DATABASE_URL, ${server}${port === undefined ? '' : `:${port}`}/${name ?? ''}`;
}
