export { MAX_EVENTS_PER_APPEND } from './append-encoding.js';
export { AppendQueueFullError, ConcurrencyError, DuplicateEventError, TenantMismatchError } from './errors.js';
export {
  type AppendOptions,
  type AppendResult,
  EventStore,
  type ReadAllOptions,
  type ReadStreamOptions,
  type StreamAppend,
} from './event-store.js';
export {
  type AppendBatchOptions,
  type AppendOutcome,
  type EncodedAppend,
  EventStorage,
  type FeedBacklog,
  type FeedBacklogQuery,
  type FeedCountQuery,
  type FeedFilter,
  type FeedHorizon,
  type FeedPage,
  type FeedPageQuery,
  type HeldHorizon,
  type StreamPageQuery,
  type StreamVersionQuery,
} from './event-storage.js';
export { EventStoreModule } from './event-store.module.js';
export {
  EVENT_STORE_DEFAULTS,
  EVENT_STORE_OPTIONS,
  type EventStoreOptions,
  eventStoreSchema,
} from './event-store.options.js';
export {
  APPEND_COMPLETED,
  APPEND_FAILED,
  type AppendCompleted,
  type AppendFailed,
  PAGE_READ,
  type PageRead,
} from './event-store.signals.js';
export { feedMatcher } from './feed-matcher.js';
export { FeedWakeUps } from './feed-wake-ups.js';
export { GROUP_COMMIT_DEFAULTS, type GroupCommitOptions } from './group-commit.options.js';
export { InMemoryEventStorage } from './in-memory/in-memory-event-storage.js';
export { InMemorySnapshotStore } from './in-memory/in-memory-snapshot-store.js';
export { PostgresEventCatalogue } from './postgres/postgres-event-catalogue.js';
export { PostgresEventStorage } from './postgres/postgres-event-storage.js';
export { PostgresFeedWakeUps } from './postgres/postgres-feed-wake-ups.js';
export { PostgresSnapshotStore } from './postgres/postgres-snapshot-store.js';
export { type Snapshot, SnapshotStore } from './snapshot-store.js';
export { StorageEventStore } from './storage-event-store.js';
