import { TidemarkError } from '../core/index.js';

/** The database holds a schema that is newer than this release knows. */
export class SchemaTooNewError extends TidemarkError {
  readonly code = 'SCHEMA_TOO_NEW';

  constructor(
    readonly schema: string,
    /** Migrations that the database has and this release does not. */
    readonly unknown: readonly string[],
  ) {
    super(
      `The schema '${schema}' was migrated by a newer release of Tidemark (unknown here: ${unknown.join(', ')}). ` +
        `Deploy that release or a newer one; to go back, take its migrations back with its own SchemaMigrator.down() first.`,
    );
  }
}

/** The database lacks migrations that this release needs. */
export class SchemaOutdatedError extends TidemarkError {
  readonly code = 'SCHEMA_OUTDATED';

  constructor(
    readonly schema: string,
    readonly pending: readonly string[],
  ) {
    super(
      `The schema '${schema}' lacks ${pending.length} migration(s): ${pending.join(', ')}. ` +
        `Set 'migrate: true' to run them at start, or call SchemaMigrator.up() with a role that may create tables.`,
    );
  }
}

/** The connection of a transaction broke while work was under way in it; nothing of it is stored. `cause` is what the work failed with. */
export class ConnectionLostError extends TidemarkError {
  readonly code = 'CONNECTION_LOST';

  constructor(cause: unknown) {
    super('The connection to the database was lost in the middle of a transaction; nothing of it is stored.', {
      cause,
    });
  }
}

/** The control connection, which this process has beside its pool, is not to be had; it is being opened again meanwhile. */
export class ControlConnectionError extends TidemarkError {
  readonly code = 'CONTROL_CONNECTION';

  constructor(reason: string, cause?: unknown) {
    super(`The control connection to the database cannot be used: ${reason}.`, { cause });
  }
}

/** The database could not be reached when the app started, for as long as it was given. `cause` is the last try's error. */
export class DatabaseUnreachableError extends TidemarkError {
  readonly code = 'DATABASE_UNREACHABLE';

  constructor(
    /** How long it was tried, in milliseconds. */
    readonly triedForMs: number,
    cause: unknown,
  ) {
    super(
      `The database could not be reached for ${triedForMs} ms; the last error was: ${String(cause)}. ` +
        `See that it runs and that the DataSource's address and credentials are right, or raise 'startupTimeoutMs'.`,
      { cause },
    );
  }
}

/** No connection of the pool came free in time: all were in use. What was to be done was not begun. `cause` is the driver's error. */
export class PoolTimeoutError extends TidemarkError {
  readonly code = 'POOL_TIMEOUT';

  constructor(
    /** How many connections the pool may have. */
    readonly poolSize: number,
    /** How long was waited, in milliseconds. */
    readonly waitedMs: number,
    cause: unknown,
  ) {
    super(
      `No connection of the pool came free within ${waitedMs} ms, all ${poolSize} are in use. Look what holds them ` +
        `(pg_stat_activity), or raise the DataSource's 'poolSize' (DATABASE_POOL_SIZE).`,
      { cause },
    );
  }
}
