import { type DynamicModule, Global, Module, type Provider } from '@nestjs/common';
import { EventContext, EventSerializer, EventTypeRegistry, Instrumentation } from '../core/index.js';
import { PostgresDatabase } from '../database/index.js';
import { ShutdownDrain } from '../lifecycle/index.js';
import { FactLog } from '../logging/index.js';
import { AppendDrain } from './append-drain.js';
import { EventStorage } from './event-storage.js';
import { LISTENER_FAILED } from './event-store.facts.js';
import { EventStore } from './event-store.js';
import { EVENT_STORE_OPTIONS, type EventStoreOptions } from './event-store.options.js';
import { FeedWakeUps } from './feed-wake-ups.js';
import { InMemoryEventStorage } from './in-memory/in-memory-event-storage.js';
import { InMemorySnapshotStore } from './in-memory/in-memory-snapshot-store.js';
import { PostgresEventStorage } from './postgres/postgres-event-storage.js';
import { PostgresFeedWakeUps } from './postgres/postgres-feed-wake-ups.js';
import { PostgresSnapshotStore } from './postgres/postgres-snapshot-store.js';
import { SnapshotStore } from './snapshot-store.js';
import { StorageEventStore } from './storage-event-store.js';

const PROVIDERS: readonly Provider[] = [
  EventTypeRegistry,
  EventContext,
  {
    provide: FeedWakeUps,
    inject: [PostgresDatabase],
    useFactory: (database: PostgresDatabase | null) =>
      database === null ? new FeedWakeUps() : new PostgresFeedWakeUps(database),
  },
  {
    provide: Instrumentation,
    useFactory: () => {
      const log = new FactLog();
      return new Instrumentation((error, signal) => log.write(LISTENER_FAILED, { signal, error }));
    },
  },
  {
    provide: EventSerializer,
    inject: [EventTypeRegistry],
    useFactory: (registry: EventTypeRegistry) => new EventSerializer(registry),
  },
  {
    provide: EventStorage,
    inject: [PostgresDatabase, EVENT_STORE_OPTIONS, ShutdownDrain],
    useFactory: (database: PostgresDatabase | null, { groupCommit }: EventStoreOptions, shutdown: ShutdownDrain) => {
      if (database === null) return new InMemoryEventStorage();
      const storage = new PostgresEventStorage(database, groupCommit);
      shutdown.register(new AppendDrain(storage));
      return storage;
    },
  },
  {
    provide: SnapshotStore,
    inject: [PostgresDatabase],
    useFactory: (database: PostgresDatabase | null) =>
      database === null ? new InMemorySnapshotStore() : new PostgresSnapshotStore(database),
  },
  {
    provide: EventStore,
    inject: [EventStorage, EventSerializer, EventContext, Instrumentation, FeedWakeUps, EVENT_STORE_OPTIONS],
    useFactory: (
      storage: EventStorage,
      serializer: EventSerializer,
      context: EventContext,
      instrumentation: Instrumentation,
      wakeUps: FeedWakeUps,
      options: EventStoreOptions,
    ) => new StorageEventStore({ storage, serializer, context, instrumentation, wakeUps, options }),
  },
];

/** Gives the app its event store, with all that belongs to it. */
@Global()
@Module({})
export class EventStoreModule {
  /** @param options module that exports {@link EVENT_STORE_OPTIONS}. */
  static register(options: DynamicModule): DynamicModule {
    return {
      module: EventStoreModule,
      imports: [options],
      providers: [...PROVIDERS],
      exports: [
        EventTypeRegistry,
        EventContext,
        FeedWakeUps,
        Instrumentation,
        EventSerializer,
        EventStorage,
        SnapshotStore,
        EventStore,
      ],
    };
  }
}
