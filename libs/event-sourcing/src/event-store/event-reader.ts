import {
  assertStreamId,
  type EventSerializer,
  type Instrumentation,
  InvalidArgumentError,
  MAX_VERSION,
  PARTITION_SLOTS,
  type RecordedEvent,
  type StoredEvent,
} from '../core/index.js';
import type { ReadAllOptions, ReadStreamOptions } from './event-store.js';
import type { EventStorage, FeedFilter, FeedPage, FeedPageQuery, StreamPageQuery } from './event-storage.js';
import { PAGE_READ } from './event-store.signals.js';

/** Streams decoded events out of a storage, holding one page at a time. */
export class EventReader {
  constructor(
    private readonly storage: EventStorage,
    private readonly serializer: EventSerializer,
    private readonly instrumentation: Instrumentation,
    private readonly pageSize: number,
  ) {}

  /** The events of one stream. */
  async *readStream(streamId: string, options: ReadStreamOptions): AsyncGenerator<RecordedEvent> {
    assertStreamId(streamId);
    const { from = 1, to = MAX_VERSION, direction = 'forwards', limit = Infinity, tenantId, manager } = options;
    assertCount('from', from, 1);
    assertCount('to', to, 0);
    assertLimit(limit);
    const query = { streamId, direction, tenantId, manager };
    let range = { fromVersion: from, toVersion: Math.min(to, MAX_VERSION) };
    let left = limit;
    while (left > 0 && range.fromVersion <= range.toVersion) {
      const wanted = Math.min(this.pageSize, left);
      const page = await this.streamPage({ ...query, ...range, limit: wanted });
      for (const stored of page) yield this.serializer.decode(stored);
      const last = page.at(-1);
      if (last === undefined || page.length < wanted) return;
      left -= page.length;
      range =
        direction === 'forwards'
          ? { ...range, fromVersion: last.version + 1 }
          : { ...range, toVersion: last.version - 1 };
    }
  }

  /** The feed behind the horizon. */
  async *readFeed({ after = 0n, limit = Infinity, ...filter }: ReadAllOptions): AsyncGenerator<RecordedEvent> {
    assertLimit(limit);
    assertPartition(filter.partition);
    let left = limit;
    let position = after;
    while (left > 0) {
      const wanted = Math.min(this.pageSize, left);
      const page = await this.feedPage({ after: position, limit: wanted, filter });
      for (const stored of page.events) yield this.serializer.decode(stored);
      if (page.events.length < wanted) return;
      left -= page.events.length;
      position = page.upTo;
    }
  }

  private streamPage(query: StreamPageQuery): Promise<readonly StoredEvent[]> {
    const { streamId } = query;
    return this.instrumentation.around(
      () => ({ name: 'read', streamId }),
      async () => {
        const startedAt = performance.now();
        const page = await this.storage.readStream(query);
        this.report('stream', page.length, startedAt);
        return page;
      },
    );
  }

  private feedPage(query: FeedPageQuery): Promise<FeedPage> {
    return this.instrumentation.around(
      () => ({ name: 'read' }),
      async () => {
        const startedAt = performance.now();
        const page = await this.storage.readFeed(query);
        this.report('feed', page.events.length, startedAt);
        return page;
      },
    );
  }

  private report(of: 'stream' | 'feed', eventCount: number, startedAt: number): void {
    if (!this.instrumentation.hasListeners(PAGE_READ)) return;
    const durationSeconds = (performance.now() - startedAt) / 1000;
    this.instrumentation.emit(PAGE_READ, { of, eventCount, durationSeconds });
  }
}

function assertLimit(limit: number): void {
  if (limit !== Infinity) assertCount('limit', limit, 0);
}

function assertPartition(partition: FeedFilter['partition']): void {
  if (partition === undefined) return;
  const { index, count } = partition;
  const known = Number.isInteger(count) && count >= 1 && count <= PARTITION_SLOTS;
  if (known && Number.isInteger(index) && index >= 0 && index < count) return;
  throw new InvalidArgumentError(
    'partition',
    `Partition ${index} of ${count} does not exist; count goes from 1 to ${PARTITION_SLOTS}, index from 0 to count - 1.`,
  );
}

function assertCount(argument: string, value: number, least: number): void {
  if (Number.isSafeInteger(value) && value >= least) return;
  throw new InvalidArgumentError(argument, `${argument} is ${value}; give a whole number from ${least}.`);
}
