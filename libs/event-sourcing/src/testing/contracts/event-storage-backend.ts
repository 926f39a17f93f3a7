import { randomUUID } from 'node:crypto';
import type { EntityManager } from 'typeorm';
import { EventContext, EventSerializer, Instrumentation, type RecordedEvent } from '../../core/index.js';
import { type EventStorage, type EventStore, type ReadAllOptions, StorageEventStore } from '../../event-store/index.js';
import { parcelEvents } from '../fixtures/parcel-events.js';

/** A storage for one test. */
export interface EventStorageFixture {
  readonly storage: EventStorage;
  /** Runs `work` in a transaction: committed when it resolves, rolled back when it rejects. */
  readonly transaction?: <T>(work: (manager: EntityManager) => Promise<T>) => Promise<T>;
  /** Called when the test has ended. */
  cleanup(): Promise<void>;
}

/** A kind of event storage that the contracts are run on. */
export interface EventStorageBackend {
  /** Shown in the names of the tests. */
  readonly name: string;
  readonly capabilities: {
    /** Appends and reads can join a transaction of the caller; then the fixture has `transaction`. */
    readonly transactions: boolean;
  };
  /**
   * A storage, empty or with events of earlier tests: each test has streams of its own and reads the feed from where
   * it began. Nothing else may write to it meanwhile.
   */
  create(): Promise<EventStorageFixture>;
}

/** What a test of the event store's contract works with. */
export interface EventStoreScenario extends EventStorageFixture {
  /** Over the storage, knows the parcel events, reads three events per page. */
  readonly store: EventStore;
  readonly context: EventContext;
  /** Head of the feed when the test began. */
  readonly start: bigint;
  /** A stream that no other test uses. */
  stream(category?: string): string;
  /** The events of a stream. */
  eventsOf(streamId: string): Promise<RecordedEvent[]>;
  /** The events of the feed since the test began. */
  feed(options?: ReadAllOptions): Promise<RecordedEvent[]>;
}

/** Makes the body of a test out of what is to be done with an event store of the backend. */
export function withEventStore(
  backend: EventStorageBackend,
  work: (scenario: EventStoreScenario) => Promise<void>,
): () => Promise<void> {
  return async () => {
    const fixture = await backend.create();
    try {
      await work(await scenarioOf(fixture));
    } finally {
      await fixture.cleanup();
    }
  };
}

async function scenarioOf(fixture: EventStorageFixture): Promise<EventStoreScenario> {
  const context = new EventContext();
  const store = new StorageEventStore({
    storage: fixture.storage,
    serializer: new EventSerializer(parcelEvents()),
    instrumentation: new Instrumentation(),
    context,
    options: { readPageSize: 3 },
  });
  const start = await store.headPosition();
  return {
    storage: fixture.storage,
    transaction: fixture.transaction,
    cleanup: () => fixture.cleanup(),
    store,
    context,
    start,
    stream: (category = 'parcel') => `${category}-${randomUUID()}`,
    eventsOf: (streamId) => collect(store.readStream(streamId)),
    feed: (options = {}) => collect(store.readAll({ after: start, ...options })),
  };
}

/** All that an iterable yields. */
export async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const collected: T[] = [];
  for await (const item of items) collected.push(item);
  return collected;
}

/** What a promise rejects with; fails where it resolves. */
export async function failureOf(work: Promise<unknown>): Promise<unknown> {
  let result: unknown;
  try {
    result = await work;
  } catch (error) {
    return error;
  }
  throw new Error(`a failure was expected, the result was ${String(result)}`);
}

/** The whole numbers from `first` to `last`. */
export function range(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, index) => first + index);
}
