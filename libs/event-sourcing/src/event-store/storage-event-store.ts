import type { EntityManager } from 'typeorm';
import {
  categoryOf,
  type EventContext,
  type EventSerializer,
  type FollowedOperation,
  type Instrumentation,
  type NewEvent,
  type Operation,
  type RecordedEvent,
} from '../core/index.js';
import { encodeAppends } from './append-encoding.js';
import { errorOf, resultOf } from './append-outcome.js';
import {
  type AppendOptions,
  type AppendResult,
  EventStore,
  type ReadAllOptions,
  type ReadStreamOptions,
  type StreamAppend,
} from './event-store.js';
import type { EncodedAppend, EventStorage, FeedHorizon, StreamVersionQuery } from './event-storage.js';
import { EVENT_STORE_DEFAULTS, type EventStoreOptions } from './event-store.options.js';
import { APPEND_COMPLETED, APPEND_FAILED } from './event-store.signals.js';
import type { FeedWakeUps } from './feed-wake-ups.js';
import { EventReader } from './event-reader.js';

/** What a {@link StorageEventStore} works with. */
export interface EventStoreParts {
  readonly storage: EventStorage;
  readonly serializer: EventSerializer;
  readonly context: EventContext;
  readonly instrumentation: Instrumentation;
  /** Told of each append of this process. */
  readonly wakeUps?: FeedWakeUps;
  readonly options?: EventStoreOptions;
}

/** The event store over any {@link EventStorage}: checks, encodes and decodes, adds the context, reports what happens. */
export class StorageEventStore extends EventStore {
  private readonly reader: EventReader;

  constructor(private readonly parts: EventStoreParts) {
    super();
    const { storage, serializer, instrumentation, options } = parts;
    const { readPageSize } = { ...EVENT_STORE_DEFAULTS, ...options };
    this.reader = new EventReader(storage, serializer, instrumentation, readPageSize);
  }

  async append(
    streamId: string,
    events: readonly (object | NewEvent)[],
    options: AppendOptions = {},
  ): Promise<AppendResult> {
    const { manager, ...rest } = options;
    const [result] = await this.appendToStreams([{ streamId, events, ...rest }], { manager });
    return result as AppendResult;
  }

  appendToStreams(
    appends: readonly StreamAppend[],
    { manager }: { readonly manager?: EntityManager } = {},
  ): Promise<readonly AppendResult[]> {
    // Appends are many and quick: what nobody follows costs nothing.
    if (!this.parts.instrumentation.isFollowed) return this.appendNow(appends, manager);
    const streamId = appends.length === 1 ? appends[0]?.streamId : undefined;
    const about = (): Operation => ({ name: 'append', streamId });
    return this.parts.instrumentation.around(about, (followed) => this.appendNow(appends, manager, followed));
  }

  private async appendNow(
    appends: readonly StreamAppend[],
    manager: EntityManager | undefined,
    followed?: FollowedOperation,
  ): Promise<readonly AppendResult[]> {
    const { instrumentation } = this.parts;
    const isHeard = instrumentation.hasListeners(APPEND_COMPLETED) || instrumentation.hasListeners(APPEND_FAILED);
    const startedAt = isHeard ? performance.now() : 0;
    const { serializer, context } = this.parts;
    const encoded = await encodeAppends(appends, serializer, context, followed?.traceParent);
    followed?.note({ events: encoded.flatMap(({ events }) => events) });
    try {
      const outcomes = await this.parts.storage.append(encoded, { atomic: true, manager });
      const error = errorOf(encoded, outcomes);
      if (error !== undefined) throw error;
      const results = encoded.map((append, index) => resultOf(append, outcomes[index]));
      this.parts.wakeUps?.appended(manager);
      if (isHeard) this.reportCompleted(encoded, results, startedAt);
      return results;
    } catch (error) {
      if (isHeard) this.reportFailed(encoded, error, startedAt);
      throw error;
    }
  }

  readStream(streamId: string, options: ReadStreamOptions = {}): AsyncIterable<RecordedEvent> {
    return this.reader.readStream(streamId, options);
  }

  readAll(options: ReadAllOptions = {}): AsyncIterable<RecordedEvent> {
    return this.reader.readFeed(options);
  }

  readCategory(category: string, options: Omit<ReadAllOptions, 'categories'> = {}): AsyncIterable<RecordedEvent> {
    return this.reader.readFeed({ ...options, categories: [category] });
  }

  async streamVersion(streamId: string, options: StreamVersionQuery = {}): Promise<number> {
    return this.parts.storage.streamVersion(streamId, options);
  }

  async headPosition(): Promise<bigint> {
    return (await this.horizon()).head;
  }

  async horizon(): Promise<FeedHorizon> {
    return this.parts.storage.horizon();
  }

  private reportCompleted(
    encoded: readonly EncodedAppend[],
    results: readonly AppendResult[],
    startedAt: number,
  ): void {
    const durationSeconds = (performance.now() - startedAt) / 1000;
    for (const [index, { streamId, version, position, repeated }] of results.entries()) {
      const { events } = encoded[index] as EncodedAppend;
      const types = events.map((event) => event.type);
      const about = { streamId, category: categoryOf(streamId), index, eventCount: events.length, types };
      this.parts.instrumentation.emit(APPEND_COMPLETED, { ...about, version, position, repeated, durationSeconds });
    }
  }

  private reportFailed(encoded: readonly EncodedAppend[], error: unknown, startedAt: number): void {
    const durationSeconds = (performance.now() - startedAt) / 1000;
    for (const [index, { streamId }] of encoded.entries()) {
      const about = { streamId, category: categoryOf(streamId), index };
      this.parts.instrumentation.emit(APPEND_FAILED, { ...about, error, durationSeconds });
    }
  }
}
