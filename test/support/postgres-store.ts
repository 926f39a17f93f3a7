import type { DataSource } from 'typeorm';
import {
  DomainEvent,
  type EventClass,
  EventContext,
  EventSerializer,
  EventTypeRegistry,
  Instrumentation,
} from '../../libs/event-sourcing/src/core/index.js';
import type { PostgresDatabase, PostgresDatabaseOptions } from '../../libs/event-sourcing/src/database/index.js';
import {
  type EventStore,
  type FeedWakeUps,
  type GroupCommitOptions,
  PostgresEventStorage,
  PostgresFeedWakeUps,
  StorageEventStore,
} from '../../libs/event-sourcing/src/event-store/index.js';
import { openDatabase } from './open-database.js';

/** An event that carries a number, for tests that only count. */
@DomainEvent('counted')
export class Counted {
  constructor(
    readonly writer: number,
    readonly n: number,
  ) {}
}

/** A store on PostgreSQL, put together by hand as the module would. */
export interface PostgresStore {
  readonly database: PostgresDatabase;
  readonly storage: PostgresEventStorage;
  readonly store: EventStore;
  readonly context: EventContext;
  readonly wakeUps: FeedWakeUps;
}

type PostgresStoreOptions = Partial<PostgresDatabaseOptions> & {
  readonly events?: readonly EventClass[];
  readonly groupCommit?: GroupCommitOptions | false;
};

/** @param options `schema`: of the store; migrated already. */
export function createPostgresStore(
  dataSource: DataSource,
  { events = [Counted], groupCommit, ...options }: PostgresStoreOptions = {},
): PostgresStore {
  const database = openDatabase(dataSource, options);
  const storage = new PostgresEventStorage(database, groupCommit);
  const context = new EventContext();
  const serializer = new EventSerializer(new EventTypeRegistry().register(...events));
  const wakeUps = new PostgresFeedWakeUps(database);
  const instrumentation = new Instrumentation();
  const store = new StorageEventStore({ storage, serializer, context, instrumentation, wakeUps });
  return { database, storage, store, context, wakeUps };
}
