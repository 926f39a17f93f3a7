import { resolve } from 'node:path';
import { EmbeddedPostgresError } from './errors.js';

/** A value of a postgresql.conf setting. */
export type SettingValue = string | number | boolean;

/** How to start an embedded server; only `dataDir` is required. */
export interface EmbeddedPostgresOptions {
  /** Folder that keeps the data between starts; created when absent, one live application at a time. */
  dataDir: string;
  /** TCP port on 127.0.0.1; `0` picks a free one. @default 0 */
  port?: number;
  /** Database that `url` points at, created when absent. @default 'tidemark' */
  database?: string;
  /** `false` turns fsync off: faster and safe against kill -9, but a power cut may ruin the data. @default true */
  durable?: boolean;
  /** Further postgresql.conf settings by name; where the server listens cannot be set here. @default {} */
  settings?: Record<string, SettingValue>;
  /** Receives the server's log line by line, and a line for each unusual step taken at start. @default silent */
  log?: (line: string) => void;
}

/** The options after validation: every field present, `dataDir` absolute. */
export type ResolvedOptions = Required<EmbeddedPostgresOptions>;

const DEFAULTS = Object.freeze({ port: 0, database: 'tidemark', durable: true });
const MAX_IDENTIFIER_BYTES = 63;
const SETTING_NAME = /^[a-z_][a-z0-9_]*(\.[a-z_][a-z0-9_]*)?$/i;
const OWN_SETTINGS = new Set(['port', 'listen_addresses', 'unix_socket_directories', 'data_directory', 'hba_file']);

/** Fills in the defaults and refuses what cannot work with `INVALID_OPTION`. */
export function resolveOptions(options: EmbeddedPostgresOptions): ResolvedOptions {
  const { dataDir, port = DEFAULTS.port, database = DEFAULTS.database, durable = DEFAULTS.durable } = options;
  const { settings = {}, log = () => {} } = options;
  require(typeof dataDir === 'string' && dataDir.trim() !== '', 'dataDir must be the path of a folder');
  require(Number.isInteger(port) &&
    port >= 0 &&
    port <= 65_535, `port must be an integer from 0 to 65535, not ${port}`);
  const bytes = Buffer.byteLength(database);
  require(bytes > 0 && bytes <= MAX_IDENTIFIER_BYTES, `database must be a name of 1 to 63 bytes, not "${database}"`);
  for (const name of Object.keys(settings)) {
    require(SETTING_NAME.test(name), `"${name}" is not the name of a PostgreSQL setting`);
    require(!OWN_SETTINGS.has(
      name.toLowerCase(),
    ), `the setting "${name}" is chosen by this package and cannot be overridden`);
  }
  return { dataDir: resolve(dataDir), port, database, durable, settings, log };
}

function require(condition: boolean, message: string): void {
  if (!condition) throw new EmbeddedPostgresError('INVALID_OPTION', `startEmbeddedPostgres: ${message}.`);
}
