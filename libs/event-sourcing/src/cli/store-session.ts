import { Logger } from '@nestjs/common';
import { DataSource, type DataSourceOptions } from 'typeorm';
import { databaseFromEnvironment, type Environment } from '../configuration/index.js';
import { Instrumentation } from '../core/index.js';
import {
  PostgresDatabase,
  PostgresLeaseStore,
  SchemaInspection,
  SchemaMigrator,
  ServerInspection,
} from '../database/index.js';
import { DeadLetterQueue, PostgresDeadLetterStore } from '../dead-letter-queue/index.js';
import { PostgresEventCatalogue, PostgresEventStorage } from '../event-store/index.js';
import {
  CheckpointReset,
  PostgresCheckpointStore,
  PostgresSubscriptionDirectory,
  SubscriptionOverview,
} from '../subscriptions/index.js';
import type { StoreAddress } from './store-address.js';

/** How `pg_stat_activity` shows the command line. */
const APPLICATION_NAME = 'tidemark cli';
const CONNECT_TIMEOUT_MS = 10_000;

/** What TypeORM needs to connect to a store; encrypted as the environment, or the URL, wants it. */
function connectionOptions({ url }: StoreAddress, environment: Environment): DataSourceOptions {
  const { DATABASE_SSL_MODE, DATABASE_SSL_CA } = environment;
  return {
    ...databaseFromEnvironment({ DATABASE_URL: url, DATABASE_SSL_MODE, DATABASE_SSL_CA }),
    applicationName: APPLICATION_NAME,
    connectTimeoutMS: CONNECT_TIMEOUT_MS,
    poolSize: 2,
    logging: false,
  };
}

/** The rooms' services on one database, put together without an app; runs no subscription. */
export class StoreSession {
  readonly storage: PostgresEventStorage;
  readonly catalogue: PostgresEventCatalogue;
  readonly directory: PostgresSubscriptionDirectory;
  readonly checkpoints: PostgresCheckpointStore;
  readonly deadLetters: DeadLetterQueue;
  readonly overview: SubscriptionOverview;
  readonly reset: CheckpointReset;
  readonly server: ServerInspection;
  readonly schema: SchemaInspection;
  readonly migrator: SchemaMigrator;

  private constructor(
    private readonly dataSource: DataSource,
    private readonly database: PostgresDatabase,
    readonly address: StoreAddress,
    options: DataSourceOptions,
  ) {
    const leases = new PostgresLeaseStore(database);
    this.storage = new PostgresEventStorage(database);
    this.catalogue = new PostgresEventCatalogue(database);
    this.directory = new PostgresSubscriptionDirectory(database);
    this.checkpoints = new PostgresCheckpointStore(database);
    this.deadLetters = new DeadLetterQueue(new PostgresDeadLetterStore(database), new Instrumentation());
    this.overview = new SubscriptionOverview(database, this.storage, this.checkpoints);
    this.reset = new CheckpointReset({ database, leases, storage: this.storage, checkpoints: this.checkpoints });
    this.server = new ServerInspection(database);
    this.schema = new SchemaInspection(database);
    this.migrator = new SchemaMigrator(options, address.schema);
  }

  /** Connects. A pooler in between may hand out another connection for each statement, so none is prepared by name. */
  static async open(address: StoreAddress, environment: Environment): Promise<StoreSession> {
    Logger.overrideLogger(false);
    const options = connectionOptions(address, environment);
    const dataSource = await new DataSource(options).initialize();
    try {
      const database = new PostgresDatabase(dataSource, { schema: address.schema, preparedStatements: false });
      return new StoreSession(dataSource, database, address, options);
    } catch (error) {
      await dataSource.destroy();
      throw error;
    }
  }

  async close(): Promise<void> {
    await this.database.close();
    await this.dataSource.destroy();
  }
}
