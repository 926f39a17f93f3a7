import { DataSource, type DataSourceOptions, type EntityManager, MigrationExecutor } from 'typeorm';
import { SchemaOutdatedError, SchemaTooNewError } from '../errors.js';
import { quoteSchema } from '../schema-name.js';
import { type MigrationFile, readMigrationFiles } from './migration-files.js';
import { migrationName, toTypeOrmMigrations } from './typeorm-migrations.js';

/** Which migrations a database has, against those that this release knows. */
export interface SchemaStatus {
  readonly applied: readonly string[];
  /** Known here, not yet in the database. */
  readonly pending: readonly string[];
  /** In the database, not known here. */
  readonly unknown: readonly string[];
}

/** A number that nobody else is likely to lock with; a second key is derived from the schema. */
const LOCK_SPACE = 0x7464_6d6b;

/** Limits that a role or a server may set for requests, and that would end a wait for the lock or a long migration half-way. */
const TIME_LIMITS = ['statement_timeout', 'lock_timeout', 'idle_in_transaction_session_timeout', 'transaction_timeout'];

/**
 * Brings a schema to this release's version and back, through TypeORM's migrations, under a lock: where three processes
 * start at once, one migrates and two find it done. Each call is one transaction on one connection, so a failed one leaves
 * nothing and a pooler in transaction mode keeps it together. The time limits of the role do not apply: it waits.
 */
export class SchemaMigrator {
  /** @param options connection, as of the app's own DataSource; entities and migrations in it are left alone. */
  constructor(
    private readonly options: DataSourceOptions,
    private readonly schema: string,
    private readonly folder?: string,
  ) {}

  /** Runs all pending migrations; gives their names. */
  async up(): Promise<readonly string[]> {
    return this.locked(async (manager, files) => {
      await createSchema(manager, this.schema);
      this.assertNotTooNew(await statusOf(manager, this.schema, files));
      const executed = await executorOf(manager).executePendingMigrations();
      return executed.map(({ name }) => name);
    });
  }

  /** Takes back the newest migration; gives its name, `undefined` where there was none. */
  async down(): Promise<string | undefined> {
    return this.locked(async (manager, files) => {
      const status = await statusOf(manager, this.schema, files);
      this.assertNotTooNew(status);
      if (status.applied.length > 0) await executorOf(manager).undoLastMigration();
      return status.applied.at(-1);
    });
  }

  async status(): Promise<SchemaStatus> {
    return this.connected((dataSource, files) => statusOf(dataSource.manager, this.schema, files));
  }

  /** Throws {@link SchemaTooNewError} or {@link SchemaOutdatedError} where the schema is not just what this release needs. */
  async verify(): Promise<void> {
    const status = await this.status();
    this.assertNotTooNew(status);
    if (status.pending.length > 0) throw new SchemaOutdatedError(this.schema, status.pending);
  }

  private assertNotTooNew({ unknown }: SchemaStatus): void {
    if (unknown.length > 0) throw new SchemaTooNewError(this.schema, unknown);
  }

  private async locked<T>(work: (manager: EntityManager, files: readonly MigrationFile[]) => Promise<T>): Promise<T> {
    return this.connected((dataSource, files) =>
      // A snapshot for the whole transaction would not show what was migrated while this waited for the lock.
      dataSource.transaction('READ COMMITTED', async (manager) => {
        await manager.query("select set_config(name, '0', true) from pg_settings where name = any ($1)", [TIME_LIMITS]);
        await manager.query('select pg_advisory_xact_lock($1, hashtext($2))', [LOCK_SPACE, this.schema]);
        return work(manager, files);
      }),
    );
  }

  private async connected<T>(
    work: (dataSource: DataSource, files: readonly MigrationFile[]) => Promise<T>,
  ): Promise<T> {
    const files = await readMigrationFiles(this.folder);
    const dataSource = new DataSource({
      ...this.options,
      schema: this.schema,
      entities: [],
      subscribers: [],
      migrations: toTypeOrmMigrations(files, this.schema),
      migrationsTableName: 'migrations',
      migrationsRun: false,
      synchronize: false,
      dropSchema: false,
      cache: false,
      poolSize: 1,
    } as DataSourceOptions);
    await dataSource.initialize();
    try {
      return await work(dataSource, files);
    } finally {
      await dataSource.destroy();
    }
  }
}

// CREATE SCHEMA IF NOT EXISTS asks for the right to create one even where it exists.
async function createSchema(manager: EntityManager, schema: string): Promise<void> {
  const [found] = await manager.query<object[]>('select 1 from pg_namespace where nspname = $1', [schema]);
  if (found === undefined) await manager.query(`create schema ${quoteSchema(schema)}`);
}

// Joins the transaction that its query runner is in.
function executorOf(manager: EntityManager): MigrationExecutor {
  return new MigrationExecutor(manager.dataSource, manager.queryRunner);
}

async function statusOf(
  manager: EntityManager,
  schema: string,
  files: readonly MigrationFile[],
): Promise<SchemaStatus> {
  const known = files.map(migrationName);
  const [table] = await manager.query<object[]>(
    "select 1 from pg_tables where schemaname = $1 and tablename = 'migrations'",
    [schema],
  );
  const rows =
    table === undefined
      ? []
      : await manager.query<{ name: string }[]>(
          `select name from ${quoteSchema(schema)}.migrations order by timestamp`,
        );
  const applied = rows.map(({ name }) => name);
  return {
    applied,
    pending: known.filter((name) => !applied.includes(name)),
    unknown: applied.filter((name) => !known.includes(name)),
  };
}
