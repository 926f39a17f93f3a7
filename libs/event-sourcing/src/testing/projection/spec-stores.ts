import { randomBytes } from 'node:crypto';
import { DataSource } from 'typeorm';
import {
  InMemoryLeaseStore,
  type LeaseStore,
  PostgresDatabase,
  PostgresLeaseStore,
  SchemaMigrator,
} from '../../database/index.js';
import {
  type DeadLetterStore,
  InMemoryDeadLetterStore,
  PostgresDeadLetterStore,
} from '../../dead-letter-queue/index.js';
import {
  type EventStorage,
  FeedWakeUps,
  InMemoryEventStorage,
  PostgresEventStorage,
  PostgresFeedWakeUps,
} from '../../event-store/index.js';
import {
  type CheckpointStore,
  InMemoryCheckpointStore,
  InMemorySubscriptionDirectory,
  PostgresCheckpointStore,
  PostgresSubscriptionDirectory,
  type SubscriptionDirectory,
} from '../../subscriptions/index.js';

/** The stores that an engine works on, for one run of a spec. */
export interface SpecStores {
  readonly storage: EventStorage;
  readonly leases: LeaseStore;
  readonly checkpoints: CheckpointStore;
  readonly directory: SubscriptionDirectory;
  readonly deadLetters: DeadLetterStore;
  readonly wakeUps: FeedWakeUps;
  /** Leaves nothing behind. */
  close(): Promise<void>;
}

/** In this process. */
export function inMemoryStores(): SpecStores {
  return {
    storage: new InMemoryEventStorage(),
    leases: new InMemoryLeaseStore(),
    checkpoints: new InMemoryCheckpointStore(),
    directory: new InMemorySubscriptionDirectory(),
    deadLetters: new InMemoryDeadLetterStore(),
    wakeUps: new FeedWakeUps(),
    close: async () => undefined,
  };
}

const BATCH_IDLE_TIMEOUT_MS = 60_000;

/**
 * In the database of a DataSource, whose own tables they share transactions with: in a schema of their own, which `close`
 * drops. On connections of their own, so that the given DataSource stays as it is.
 */
export async function postgresStores({ options }: DataSource): Promise<SpecStores> {
  const schema = `tidemark_spec_${randomBytes(6).toString('hex')}`;
  await new SchemaMigrator(options, schema).up();
  const own = { ...options, migrationsRun: false, synchronize: false, dropSchema: false };
  const dataSource = await new DataSource(own).initialize();
  const database = new PostgresDatabase(dataSource, { schema, preparedStatements: false, notifications: false });
  return {
    storage: new PostgresEventStorage(database),
    leases: new PostgresLeaseStore(database),
    checkpoints: new PostgresCheckpointStore(database, BATCH_IDLE_TIMEOUT_MS),
    directory: new PostgresSubscriptionDirectory(database),
    deadLetters: new PostgresDeadLetterStore(database),
    wakeUps: new PostgresFeedWakeUps(database),
    close: async () => {
      await database.close();
      await dataSource.query(`drop schema ${schema} cascade`);
      await dataSource.destroy();
    },
  };
}
