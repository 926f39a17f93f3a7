export {
  checkpointStoreContract,
  type CheckpointStoreBackend,
  type CheckpointStoreFixture,
} from './contracts/subscriptions/checkpoints.contract.js';
export type { DeadLetterStoreBackend } from './contracts/dead-letter-scenario.js';
export { deadLetterStoreContract } from './contracts/dead-letter-store.contract.js';
export { type EventStorageBackend, type EventStorageFixture } from './contracts/event-storage-backend.js';
export { eventStoreContract } from './contracts/event-store.contract.js';
export {
  leaseStoreContract,
  type LeaseStoreBackend,
  type LeaseStoreFixture,
} from './contracts/subscriptions/leases.contract.js';
export {
  snapshotStoreContract,
  type SnapshotStoreBackend,
  type SnapshotStoreFixture,
} from './contracts/snapshot-store.contract.js';
export type { Matchers, TestApi } from './contracts/test-api.js';
export { encodedAppend, encodedEvent } from './fixtures/parcel-events.js';
export {
  subscriptionDirectoryContract,
  type SubscriptionDirectoryBackend,
  type SubscriptionDirectoryFixture,
} from './contracts/subscriptions/subscription-directory.contract.js';
export type { ErrorPredicate, ExpectedFailure } from './expectation/expected-failure.js';
export type { ExpectedOutcome } from './scenario/expected-outcome.js';
export { type EventOf, type Given, given, type GivenEvent, type GivenOptions } from './scenario/given.js';
export {
  recordedEvent,
  type RecordedEventParts,
  recordedEvents,
  type RecordedEventsParts,
} from './builders/recorded-event.js';
export { FakeClock, type TimeSpan } from './clock/fake-clock.js';
export { NoDatabaseError, NotSettledError } from './errors.js';
export {
  EventSourcingTestingModule,
  type EventSourcingTestingOptions,
  type OverridableProviders,
} from './module/event-sourcing-testing.module.js';
export { settled, type SettledOptions } from './module/settled.js';
export {
  type InMemoryProjectionSpecOptions,
  type PostgresProjectionSpecOptions,
  type ProjectionSpec,
  projectionSpec,
  type SpecStream,
} from './projection/projection-spec.js';
