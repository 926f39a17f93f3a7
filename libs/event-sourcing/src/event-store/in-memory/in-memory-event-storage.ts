import { categoryOf, InvalidArgumentError, partitionSlotOf, type StoredEvent } from '../../core/index.js';
import {
  type AppendBatchOptions,
  type AppendOutcome,
  type EncodedAppend,
  EventStorage,
  type FeedBacklog,
  type FeedBacklogQuery,
  type FeedHorizon,
  type FeedPage,
  type FeedCountQuery,
  type FeedPageQuery,
  type HeldHorizon,
  type StreamPageQuery,
  type StreamVersionQuery,
} from '../event-storage.js';
import { decide, type RecordedEvents } from './append-decision.js';
import { feedMatcher } from '../feed-matcher.js';

/**
 * Keeps events in the memory of this process, for tests and for trying things out. Behaves as PostgreSQL does, but has
 * no transactions to join: a `manager` is refused. No append is ever under way, so the horizon is the head.
 */
export class InMemoryEventStorage extends EventStorage {
  /** In position order; the event of position `n` is at index `n - 1`. */
  private readonly feed: StoredEvent[] = [];
  private readonly streams = new Map<string, StoredEvent[]>();
  private readonly byId = new Map<string, StoredEvent>();
  private readonly recorded: RecordedEvents = {
    ofStream: (streamId) => this.streams.get(streamId) ?? [],
    byId: (eventId) => this.byId.get(eventId),
  };

  /** @param clock gives `recordedAt`. */
  constructor(private readonly clock: () => Date = () => new Date()) {
    super();
  }

  // Nothing is awaited between the judgement and the write, here and below: no other append gets in between.
  async append(
    appends: readonly EncodedAppend[],
    { atomic, manager }: AppendBatchOptions,
  ): Promise<readonly AppendOutcome[]> {
    refuseManager(manager);
    if (atomic) return this.appendTogether(appends);
    return appends.map((append) => decide(append, this.recorded, new Set()) ?? this.write(append));
  }

  async readStream(query: StreamPageQuery): Promise<readonly StoredEvent[]> {
    const { streamId, fromVersion, toVersion, direction, limit, tenantId, manager } = query;
    refuseManager(manager);
    const stream = this.recorded.ofStream(streamId);
    if (tenantId !== undefined && stream[0]?.tenantId !== tenantId) return [];
    const last = Math.min(toVersion, stream.length);
    const page =
      direction === 'forwards'
        ? stream.slice(fromVersion - 1, Math.min(last, fromVersion - 1 + limit))
        : stream.slice(Math.max(fromVersion - 1, last - limit), last).reverse();
    return page.map(copyOf);
  }

  async readFeed({ after, limit, filter = {} }: FeedPageQuery): Promise<FeedPage> {
    const settled = this.settled();
    if (after >= settled.horizon) return { ...settled, events: [], upTo: after };
    const events: StoredEvent[] = [];
    const matches = feedMatcher(filter);
    for (let index = after < 0n ? 0 : Number(after); index < this.feed.length && events.length < limit; index++) {
      const event = this.feed[index];
      if (event !== undefined && matches(event)) events.push(copyOf(event));
    }
    const last = events.length < limit ? undefined : events.at(-1);
    return { ...settled, events, upTo: last?.position ?? settled.horizon };
  }

  async countFeed({ after, upTo, filter = {}, limit = Infinity }: FeedCountQuery): Promise<bigint> {
    const matches = feedMatcher(filter);
    const between = ({ position }: StoredEvent): boolean => position > after && position <= upTo;
    return BigInt(Math.min(limit, this.feed.filter((event) => between(event) && matches(event)).length));
  }

  async backlog({ after, filter = {}, limit }: FeedBacklogQuery): Promise<FeedBacklog> {
    const least = after.reduce((a, b) => (a < b ? a : b));
    const looked = this.feed.filter(({ position }) => position > least).slice(0, limit);
    const matches = feedMatcher(filter);
    const waits = (event: StoredEvent): boolean =>
      event.position > (after[event.partitionSlot % after.length] ?? 0n) && matches(event);
    const waiting = looked.filter(waits);
    const isCut = looked.length === limit;
    const oldest = waiting[0] ?? (isCut ? looked[0] : undefined);
    const ageMs = oldest === undefined ? 0 : this.clock().getTime() - oldest.recordedAt.getTime();
    return { count: waiting.length, ageSeconds: Math.max(0, ageMs / 1000), isCut };
  }

  async streamVersion(streamId: string, { tenantId, manager }: StreamVersionQuery = {}): Promise<number> {
    refuseManager(manager);
    const stream = this.recorded.ofStream(streamId);
    return tenantId === undefined || stream[0]?.tenantId === tenantId ? stream.length : 0;
  }

  async horizon(): Promise<FeedHorizon> {
    return this.settled();
  }

  async heldHorizon(): Promise<HeldHorizon> {
    return { ...this.settled(), ageSeconds: 0 };
  }

  private settled(): FeedHorizon {
    const head = BigInt(this.feed.length);
    return { head, horizon: head, holderPid: undefined };
  }

  private appendTogether(appends: readonly EncodedAppend[]): readonly AppendOutcome[] {
    const taken = new Set<string>();
    const decisions = appends.map((append) => decide(append, this.recorded, taken));
    const sound = decisions.every((decision) => decision === undefined || decision.outcome === 'repeated');
    if (sound) return appends.map((append, index) => decisions[index] ?? this.write(append));
    return decisions.map((decision) =>
      decision === undefined || decision.outcome === 'repeated' ? { outcome: 'withheld' } : decision,
    );
  }

  private write({ streamId, tenantId, events }: EncodedAppend): AppendOutcome {
    const stream = this.streams.get(streamId) ?? [];
    this.streams.set(streamId, stream);
    const about = { streamId, category: categoryOf(streamId), tenantId, partitionSlot: partitionSlotOf(streamId) };
    const firstPosition = BigInt(this.feed.length + 1);
    const recordedAt = this.clock();
    for (const event of events) {
      const position = BigInt(this.feed.length + 1);
      const stored = copyOf({ ...event, ...about, version: stream.length + 1, position, recordedAt });
      stream.push(stored);
      this.feed.push(stored);
      this.byId.set(stored.id, stored);
    }
    const lastPosition = BigInt(this.feed.length);
    return { outcome: 'appended', version: stream.length, firstPosition, lastPosition };
  }
}

// A Date can be changed by whoever holds it, so the store and its readers each hold their own.
function copyOf(event: StoredEvent): StoredEvent {
  return { ...event, occurredAt: new Date(event.occurredAt), recordedAt: new Date(event.recordedAt) };
}

function refuseManager(manager: AppendBatchOptions['manager']): void {
  if (manager === undefined) return;
  throw new InvalidArgumentError(
    'manager',
    `The in-memory event store has no transactions to join; leave 'manager' out or use the store on PostgreSQL.`,
  );
}
