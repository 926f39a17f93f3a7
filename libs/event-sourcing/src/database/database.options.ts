import { DEFAULT_SCHEMA } from './schema-name.js';

/** Where and how Tidemark keeps its data. */
export interface DatabaseOptions {
  /** `postgres`: in the database of the app's TypeORM DataSource. `memory`: in this process, for as long as it runs. @default 'postgres' */
  readonly store?: 'postgres' | 'memory';
  /** Schema of Tidemark's tables. Two apps may share a database under two schemas. @default 'tidemark' */
  readonly schema?: string;
  /** Run pending migrations at start; otherwise a schema that lacks any is refused. @default false */
  readonly migrate?: boolean;
  /** Named prepared statements; `false` behind a pooler that does not support them. @default true */
  readonly preparedStatements?: boolean;
  /**
   * Whether processes tell each other of new events, by LISTEN and NOTIFY; otherwise polling finds them. A pooler in
   * transaction mode swallows LISTEN: name a `directUrl`, or switch this off. @default true
   */
  readonly notifications?: boolean;
  /** URL of the control connection, where the DataSource goes through a pooler; user and password included. @default as the DataSource */
  readonly directUrl?: string;
  /** How long the start waits for a database that cannot be reached, in milliseconds; 0: not at all. @default 30000 */
  readonly startupTimeoutMs?: number;
}

/** The options with defaults filled in. */
export type ResolvedDatabaseOptions = Required<Omit<DatabaseOptions, 'directUrl'>> & Pick<DatabaseOptions, 'directUrl'>;

/** What holds where the options say nothing. */
export const DATABASE_DEFAULTS: ResolvedDatabaseOptions = Object.freeze({
  store: 'postgres',
  schema: DEFAULT_SCHEMA,
  migrate: false,
  preparedStatements: true,
  notifications: true,
  startupTimeoutMs: 30_000,
});

/** Injection token of the room's {@link DatabaseOptions}. */
export const DATABASE_OPTIONS = Symbol('tidemark.database-options');
