export { deepFreeze } from './serialization/deep-freeze.js';
export {
  DomainEvent,
  type DomainEventOptions,
  type EventClass,
  type EventDefinition,
  eventDefinitionOf,
  type Upcaster,
} from './domain-event.decorator.js';
export {
  ConfigurationError,
  InvalidArgumentError,
  InvalidEventError,
  TidemarkError,
  UndecodableEventError,
  UnknownEventTypeError,
} from './errors.js';
export { describeError } from './error-description.js';
export { EventContext, type EventContextValues, type Handling } from './event-context.js';
export { type EncodedEvent, EventSerializer, MAX_EVENT_LENGTH } from './serialization/event-serializer.js';
export { EventTypeRegistry } from './event-type-registry.js';
export { fullJitterMs } from './full-jitter.js';
export { count, milliseconds } from './option-fields.js';
export { assertExpectedVersion, type ExpectedVersion, MAX_VERSION, meetsExpectation } from './expected-version.js';
export {
  defineSignal,
  type FollowedOperation,
  Instrumentation,
  type Operation,
  type Signal,
} from './instrumentation.js';
export { findJsonFault, type JsonFault } from './serialization/json-fault.js';
export { NewEvent, type NewEventOptions } from './new-event.js';
export { PARTITION_SLOTS, partitionSlotOf } from './partition-slot.js';
export type { EventMetadata, RecordedEvent, StoredEvent } from './recorded-event.js';
export { Runner } from './runner.js';
export { assertCategory, assertStreamId, categoryOf, MAX_STREAM_ID_BYTES, streamIdOf } from './stream-name.js';
