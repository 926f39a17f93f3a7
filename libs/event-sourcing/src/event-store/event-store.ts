import type { EntityManager } from 'typeorm';
import type { ExpectedVersion, NewEvent, RecordedEvent } from '../core/index.js';
import type { FeedFilter, FeedHorizon, StreamVersionQuery } from './event-storage.js';

/** How to append. */
export interface AppendOptions {
  /** @default 'any' */
  readonly expectedVersion?: ExpectedVersion;
  /** Tenant of the stream. @default that of the surrounding context */
  readonly tenantId?: string;
  /** Transaction of the caller to join: the events are there if and only if it commits. PostgreSQL only. */
  readonly manager?: EntityManager;
}

/** One of several appends that are stored together. */
export interface StreamAppend extends Omit<AppendOptions, 'manager'> {
  readonly streamId: string;
  /** Domain events, bare or as {@link NewEvent}. */
  readonly events: readonly (object | NewEvent)[];
}

/** What an append did. */
export interface AppendResult {
  readonly streamId: string;
  /** Version of the stream's last event of this append. */
  readonly version: number;
  /** Global position of the first event. */
  readonly firstPosition: bigint;
  /** Global position of the last event; what `waitFor` takes. */
  readonly position: bigint;
  /** The same events had been appended before, in the same place; nothing was stored now. */
  readonly repeated: boolean;
}

/** What of a stream to read. */
export interface ReadStreamOptions {
  /** First version, counted from 1. @default 1 */
  readonly from?: number;
  /** Last version, included. @default the stream's end */
  readonly to?: number;
  /** @default 'forwards' */
  readonly direction?: 'forwards' | 'backwards';
  /** Most events to read. @default no limit */
  readonly limit?: number;
  /** Reads nothing where the stream belongs to another tenant. */
  readonly tenantId?: string;
  /** Transaction of the caller to read in. PostgreSQL only. */
  readonly manager?: EntityManager;
}

/** What of the feed to read. */
export interface ReadAllOptions extends FeedFilter {
  /** Position after which to start. @default 0n, the beginning */
  readonly after?: bigint;
  /** Most events to read. @default no limit: all up to the horizon at the time of the last page */
  readonly limit?: number;
}

/** The event store: appends to streams, reads streams and the feed. Inject it by this class. */
export abstract class EventStore {
  /**
   * Appends events to a stream in one step: all or none. Throws `ConcurrencyError`, `DuplicateEventError`,
   * `TenantMismatchError`, `InvalidEventError`, `InvalidArgumentError` or `UnknownEventTypeError`; then nothing is stored.
   */
  abstract append(
    streamId: string,
    events: readonly (object | NewEvent)[],
    options?: AppendOptions,
  ): Promise<AppendResult>;

  /** Appends to several streams in one transaction: all or none. Errors as with {@link append}, for the first at fault. */
  abstract appendToStreams(
    appends: readonly StreamAppend[],
    options?: { readonly manager?: EntityManager },
  ): Promise<readonly AppendResult[]>;

  /** Streams the events of one stream, page by page; nothing where it does not exist. */
  abstract readStream(streamId: string, options?: ReadStreamOptions): AsyncIterable<RecordedEvent>;

  /** Streams all events behind the horizon in position order, page by page. */
  abstract readAll(options?: ReadAllOptions): AsyncIterable<RecordedEvent>;

  /** Streams the events of all streams of a category, as {@link readAll}. */
  abstract readCategory(category: string, options?: Omit<ReadAllOptions, 'categories'>): AsyncIterable<RecordedEvent>;

  /** Version of a stream's last event; 0 where it does not exist or, with a `tenantId`, belongs to another tenant or to none. */
  abstract streamVersion(streamId: string, options?: StreamVersionQuery): Promise<number>;

  /** Greatest position given out so far, 0n for a store that was never written to; see {@link horizon} for what is settled. */
  abstract headPosition(): Promise<bigint>;

  /** Head and horizon of the feed, and who holds the one below the other. */
  abstract horizon(): Promise<FeedHorizon>;
}
