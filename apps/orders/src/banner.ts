import type { EmbeddedPostgres } from '@tidemark/embedded-postgres';
import { PinoLogger } from 'nestjs-pino';
import { ABOUT } from './about.js';
import type { RunningApp } from './bootstrap.js';
import type { Connection } from './database/typeorm.options.js';

/** What is said of a database. */
interface Told {
  readonly connection: Pick<Connection, 'host' | 'port' | 'database'>;
  readonly embedded: Pick<EmbeddedPostgres, 'port' | 'dataDir'> | undefined;
}

/** Says that the app has started: to people as it is, to a machine as one line of the log, whatever level that has. */
export function announce(app: RunningApp): void {
  if (process.stdout.isTTY) console.log(banner(app));
  else PinoLogger.root.child({ fact: `${ABOUT.name}.ready`, url: app.url }, { level: 'info' }).info(banner(app));
}

/** What people see when the app has started; no credentials. */
export function banner({ url, database }: Pick<RunningApp, 'url'> & { readonly database: Told | undefined }): string {
  return [
    `Tidemark ${ABOUT.name} is ready.`,
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
