import type { EntityManager } from 'typeorm';
import type { EncodedEvent, ExpectedVersion, StoredEvent } from '../core/index.js';

/** One append as a storage takes it: events of one stream, checked and encoded. */
export interface EncodedAppend {
  readonly streamId: string;
  readonly expectedVersion: ExpectedVersion;
  readonly tenantId: string | undefined;
  /** At least one. */
  readonly events: readonly EncodedEvent[];
}

/** How a batch of appends is carried out. */
export interface AppendBatchOptions {
  /** `true`: all or none is stored. `false`: each append stands alone, and one that fails leaves the others be. */
  readonly atomic: boolean;
  /** Transaction of the caller to join; without it the batch is a transaction of its own. */
  readonly manager?: EntityManager;
}

/** What became of one append of a batch. */
export type AppendOutcome =
  | {
      /** `repeated`: the same events were there already, in the same place; this is the first append's result. */
      readonly outcome: 'appended' | 'repeated';
      /** Version of the last of the events. */
      readonly version: number;
      readonly firstPosition: bigint;
      readonly lastPosition: bigint;
    }
  | { readonly outcome: 'conflict'; readonly actualVersion: number }
  | {
      readonly outcome: 'duplicate';
      readonly eventId: string | undefined;
      readonly existingStreamId: string | undefined;
    }
  | { readonly outcome: 'wrong-tenant' }
  /** Sound by itself, but another append of an atomic batch was not. */
  | { readonly outcome: 'withheld' };

/** Which versions of a stream to read, in which order. */
export interface StreamPageQuery {
  readonly streamId: string;
  readonly fromVersion: number;
  readonly toVersion: number;
  readonly direction: 'forwards' | 'backwards';
  readonly limit: number;
  readonly tenantId?: string;
  /** Transaction of the caller to read in, so that its own appends are seen. */
  readonly manager?: EntityManager;
}

/** Whose stream to look at, and in which transaction. */
export type StreamVersionQuery = Pick<StreamPageQuery, 'tenantId' | 'manager'>;

/**
 * What of the feed a reader wants; evaluated where the rows lie, before anything is decoded. A field left out lets
 * everything through, an empty list lets nothing through.
 */
export interface FeedFilter {
  /** Wire names; `*` at the end matches any rest, as in `order.*`. */
  readonly types?: readonly string[];
  readonly categories?: readonly string[];
  readonly tenantId?: string;
  /** Only streams whose slot falls to partition `index` of `count`. */
  readonly partition?: { readonly index: number; readonly count: number };
}

/** Asks for one page of the feed. */
export interface FeedPageQuery {
  /** Position after which to read. */
  readonly after: bigint;
  /** Most events of the page, at least 1. */
  readonly limit: number;
  readonly filter?: FeedFilter;
}

/** Asks how many events there are. */
export interface FeedCountQuery {
  /** Position after which to count. */
  readonly after: bigint;
  /** Last position to count. */
  readonly upTo: bigint;
  readonly filter?: FeedFilter;
  /** Where to stop counting, at least 1. @default where there are no more */
  readonly limit?: number;
}

/** Asks what of the feed waits behind the positions that a reader's partitions have come to. */
export interface FeedBacklogQuery {
  /** By partition, the position after which its events wait; at least one. */
  readonly after: readonly [bigint, ...bigint[]];
  readonly filter?: Omit<FeedFilter, 'partition'>;
  /** Most events of the feed to look at, wanted or not: what bounds the cost. */
  readonly limit: number;
}

/** What of the feed waits, among the events that were looked at. */
export interface FeedBacklog {
  readonly count: number;
  /** How long ago the oldest of them was recorded, in seconds by the store's clock; 0 where none waits. */
  readonly ageSeconds: number;
  /** Whether `limit` events were looked at, so that there may be more. `ageSeconds` is then that of the oldest looked at, where none of them is wanted. */
  readonly isCut: boolean;
}

/** How far the feed can be read without skipping anything. */
export interface FeedHorizon {
  /** Greatest position given out, whether committed, under way or rolled back. */
  readonly head: bigint;
  /** Everything up to here is settled: committed and visible, or never to come. */
  readonly horizon: bigint;
  /** Backend that holds the horizon below the head; `undefined` where none does. */
  readonly holderPid: number | undefined;
}

/** The horizon, and for how long it has been held. */
export interface HeldHorizon extends FeedHorizon {
  /**
   * Age of what is held back below the head, in seconds: of the oldest event behind the horizon, or of the transaction
   * that holds it, whichever is greater; 0 where the horizon is the head.
   */
  readonly ageSeconds: number;
}

/** One page of the feed, in position order. */
export interface FeedPage extends FeedHorizon {
  readonly events: readonly StoredEvent[];
  /**
   * A reader of this filter has seen everything up to here; the next page starts after it. Position of the last event
   * where the page is full, else the horizon; never below where the page started.
   */
  readonly upTo: bigint;
}

/** The port to what keeps events: in memory or in PostgreSQL. Behaviour: `eventStoreContract` of the testing entry. */
export abstract class EventStorage {
  /** Carries out a batch of appends to different streams, and says for each, in order, what became of it. */
  abstract append(appends: readonly EncodedAppend[], options: AppendBatchOptions): Promise<readonly AppendOutcome[]>;

  /** Resolves when no append waits to be sent or to be answered. */
  async flush(): Promise<void> {
    // Where each append goes by itself, whoever asked for it waits for it.
  }

  /** Reads up to `limit` events of one stream. */
  abstract readStream(query: StreamPageQuery): Promise<readonly StoredEvent[]>;

  /** Reads up to `limit` events behind the horizon. */
  abstract readFeed(query: FeedPageQuery): Promise<FeedPage>;

  /** Counts events between two positions; what is not settled yet may be missing. Takes as long as reading them would. */
  abstract countFeed(query: FeedCountQuery): Promise<bigint>;

  /** What waits behind positions, settled or not. Costs no more than a look at `limit` events. */
  abstract backlog(query: FeedBacklogQuery): Promise<FeedBacklog>;

  /** Version of a stream, 0 where it does not exist or, with a `tenantId`, belongs to another tenant or to none. */
  abstract streamVersion(streamId: string, query?: StreamVersionQuery): Promise<number>;

  /** How far the feed can be read now. */
  abstract horizon(): Promise<FeedHorizon>;

  /** The same, and for how long the horizon has been held; costs more. */
  abstract heldHorizon(): Promise<HeldHorizon>;
}
