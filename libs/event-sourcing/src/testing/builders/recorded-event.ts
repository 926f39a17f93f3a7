import { v7 as uuidv7 } from 'uuid';
import {
  assertStreamId,
  categoryOf,
  EventSerializer,
  type EventMetadata,
  findJsonFault,
  InvalidArgumentError,
  InvalidEventError,
  partitionSlotOf,
  type RecordedEvent,
} from '../../core/index.js';
import { KnownByDecorator } from '../expectation/known-by-decorator.js';

/** What to say of a recorded event; everything has a default. */
export interface RecordedEventParts {
  /** UUID of the event. @default a new one */
  readonly id?: string;
  /** @default 'test-1' */
  readonly streamId?: string;
  /** In the stream, from 1. @default 1 */
  readonly version?: number;
  /** In the feed, from 1. @default 1n */
  readonly position?: bigint;
  /** @default none */
  readonly tenantId?: string;
  /** @default empty */
  readonly metadata?: EventMetadata;
  /** @default now */
  readonly occurredAt?: Date;
  /** @default as `occurredAt` */
  readonly recordedAt?: Date;
}

/** What to say of the events of {@link recordedEvents}: of the first, or of all. */
export type RecordedEventsParts = Omit<RecordedEventParts, 'id' | 'streamId'>;

/**
 * An event as a handler gets it: written as JSON and read back, an instance of its class, deeply frozen. Throws
 * `UnknownEventTypeError` for a class without `@DomainEvent`, and `InvalidEventError` for what JSON cannot hold; a payload
 * schema is only looked at on the way into a store.
 */
export function recordedEvent<T extends object>(event: T, parts: RecordedEventParts = {}): RecordedEvent<T> {
  const { id = uuidv7(), streamId = 'test-1', version = 1, position = 1n, tenantId, metadata = {} } = parts;
  const { occurredAt = new Date(), recordedAt = occurredAt } = parts;
  assertStreamId(streamId);
  if (!Number.isSafeInteger(version) || version < 1) {
    throw new InvalidArgumentError('version', `Versions are whole numbers from 1, not ${version}.`);
  }
  if (position < 1n) throw new InvalidArgumentError('position', `Positions begin at 1, not at ${position}.`);
  const registry = new KnownByDecorator();
  const { type, version: schemaVersion } = registry.ofClass(event.constructor);
  const stored = {
    ...{ id, type, schemaVersion, streamId, version, position, tenantId, recordedAt, occurredAt },
    category: categoryOf(streamId),
    partitionSlot: partitionSlotOf(streamId),
    data: jsonOf(type, 'data', event),
    metadata: jsonOf(type, 'metadata', metadata),
  };
  return new EventSerializer(registry).decode(stored) as RecordedEvent<T>;
}

/**
 * Events of one stream, one after the other: versions and positions ascend from those that are given for the first. More
 * streams make a feed where each begins at the position behind the one before.
 */
export function recordedEvents<T extends object>(
  streamId: string,
  events: readonly T[],
  { version = 1, position = 1n, ...parts }: RecordedEventsParts = {},
): readonly RecordedEvent<T>[] {
  return events.map((event, index) =>
    recordedEvent(event, { ...parts, streamId, version: version + index, position: position + BigInt(index) }),
  );
}

function jsonOf(eventType: string, root: string, value: object): string {
  const fault = findJsonFault(value, root);
  if (fault !== undefined) throw new InvalidEventError(eventType, fault.path, fault.reason);
  return JSON.stringify(value);
}
