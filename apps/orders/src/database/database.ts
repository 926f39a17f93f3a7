import { type EmbeddedPostgres, startEmbeddedPostgres } from '@tidemark/embedded-postgres';
import { databaseFromEnvironment } from '@tidemark/event-sourcing';
import { DataSource, type DataSourceOptions, MigrationExecutor } from 'typeorm';
import type { AppConfig } from '../config/app.config.js';
import type { Connection } from './typeorm.options.js';

const MIGRATION_LOCK = 0x6f72_6465;

/** The PostgreSQL database of the app: what it opened, it closes, however far the start came. */
export class Database {
  private dataSource: DataSource | undefined;

  private constructor(
    readonly connection: Connection,
    /** The server, where it is the app's own. */
    readonly embedded: EmbeddedPostgres | undefined,
  ) {}

  /** The database that the configuration asks for, its server running; `undefined` where it asks for none. */
  static async open({ store, database }: Pick<AppConfig, 'store' | 'database'>): Promise<Database | undefined> {
    switch (store.kind) {
      case 'memory':
        return undefined;
      case 'external': {
        const { url } = store;
        return new Database(
          url === undefined ? { ...database } : databaseFromEnvironment({ DATABASE_URL: url }),
          undefined,
        );
      }
      case 'embedded': {
        const embedded = await startEmbeddedPostgres({ dataDir: store.dataDir });
        return new Database({ ...database, url: embedded.url }, embedded);
      }
    }
  }

  /** Connects and migrates. */
  async connect(options: DataSourceOptions): Promise<DataSource> {
    this.dataSource = await new DataSource(options).initialize();
    await migrate(this.dataSource);
    return this.dataSource;
  }

  /** Closes the connections that are still open, then the server. */
  async close(): Promise<void> {
    try {
      if (this.dataSource?.isInitialized) await this.dataSource.destroy();
    } finally {
      await this.embedded?.stop();
    }
  }
}

// Replicas may start at the same time: one migrates, the others wait and find it done. The limit of the requests' statements is
// neither for the wait nor for a long migration; so all of it is one transaction, without it.
async function migrate(dataSource: DataSource): Promise<void> {
  await dataSource.transaction(async (manager) => {
    await manager.query('set local statement_timeout = 0');
    await manager.query('select pg_advisory_xact_lock($1)', [MIGRATION_LOCK]);
    await new MigrationExecutor(dataSource, manager.queryRunner).executePendingMigrations();
  });
}
