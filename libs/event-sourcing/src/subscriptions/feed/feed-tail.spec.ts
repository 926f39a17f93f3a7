import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { FeedWakeUps, type FeedPageQuery, InMemoryEventStorage } from '../../event-store/index.js';
import { encodedAppend, encodedEvent } from '../../testing/index.js';
import { FeedTail } from './feed-tail.js';

/** Counts the reads, and fails them on demand. */
class CountedStorage extends InMemoryEventStorage {
  reads = 0;
  broken = false;

  override async readFeed(query: FeedPageQuery): ReturnType<InMemoryEventStorage['readFeed']> {
    this.reads += 1;
    if (this.broken) throw new Error('broken');
    return super.readFeed(query);
  }
}

const TYPES = ['parcel.*'];
const ALL = { types: TYPES };

describe('FeedTail', () => {
  let storage: CountedStorage;
  let wakeUps: FeedWakeUps;
  let tail: FeedTail;
  let moved: () => void;

  beforeEach(() => {
    storage = new CountedStorage();
    wakeUps = new FeedWakeUps();
    moved = () => undefined;
    // Only wake-ups move it: nobody waits for a poll here.
    tail = new FeedTail({
      storage,
      wakeUps,
      minPollIntervalMs: 600_000,
      maxPollIntervalMs: 600_000,
      types: TYPES,
      windowSize: 4,
    });
  });

  afterEach(() => tail.stop());

  async function append(count: number, type = 'parcel.registered', streamId = 'parcel-1'): Promise<void> {
    const events = Array.from({ length: count }, () => encodedEvent({ type }));
    await storage.append([encodedAppend(streamId, { events })], { atomic: true });
  }

  /** What happens makes it move, and it has moved. */
  async function moving(happens: () => unknown): Promise<void> {
    const next = new Promise<void>((resolve) => {
      moved = resolve;
    });
    await happens();
    await next;
  }

  /** It has come to a position. */
  async function reaches(position: bigint): Promise<void> {
    while (tail.pageAfter(position, ALL, 1)?.horizon !== position) await moving(() => undefined);
  }

  const joined = (): Promise<void> => moving(() => void tail.join(() => moved()));
  const appended = (...args: Parameters<typeof append>): Promise<void> =>
    moving(async () => {
      await append(...args);
      wakeUps.notify();
    });

  it('knows nothing before somebody joins, and begins at the end of the feed', async () => {
    await append(3);
    expect(tail.pageAfter(3n, ALL, 10)).toBe(undefined);
    await joined();
    expect(tail.pageAfter(2n, ALL, 10)).toBe(undefined);
    expect(tail.pageAfter(3n, ALL, 10)).toMatchObject({ events: [], upTo: 3n, head: 3n, horizon: 3n });
    expect(storage.reads).toBe(0);
  });

  it('reads once for all, and gives each what it wants', async () => {
    await joined();
    await appended(2);
    await append(1, 'courier.hired', 'courier-1');
    await append(1, 'parcel.weighed', 'parcel-2');
    wakeUps.notify();
    await reaches(4n);
    const before = storage.reads;
    const positions = (filter: object, after = 0n, limit = 10): unknown => {
      const page = tail.pageAfter(after, filter, limit);
      return [page?.events.map(({ position }) => Number(position)), Number(page?.upTo)];
    };
    expect(positions(ALL)).toEqual([[1, 2, 4], 4]);
    expect(positions({ types: ['parcel.weighed'] })).toEqual([[4], 4]);
    expect(positions({ types: ['parcel.noted'] })).toEqual([[], 4]);
    expect(positions(ALL, 1n)).toEqual([[2, 4], 4]);
    expect(positions(ALL, 0n, 2)).toEqual([[1, 2], 2]);
    expect(positions(ALL, 9n)).toEqual([[], 9]);
    expect(storage.reads).toBe(before);
  });

  it('keeps no more than its window; who is behind it must read alone', async () => {
    await joined();
    for (let n = 0; n < 6; n++) await appended(1);
    expect(tail.pageAfter(1n, ALL, 10)).toBe(undefined);
    expect(tail.pageAfter(2n, ALL, 10)?.events).toHaveLength(4);
  });

  it('reads page after page of a burst that is longer than the window', async () => {
    await joined();
    await append(10);
    wakeUps.notify();
    await reaches(10n);
    while (tail.pageAfter(6n, ALL, 10)?.upTo !== 10n) await moving(() => undefined);
    expect(tail.pageAfter(6n, ALL, 10)?.events).toHaveLength(4);
  });

  it('has everybody read alone while it cannot read, and calls them', async () => {
    await joined();
    await appended(1);
    storage.broken = true;
    await appended(1);
    expect(tail.pageAfter(1n, ALL, 10)).toBe(undefined);
  });

  it('forgets all when nobody stands at the end any more, and begins anew', async () => {
    const leave = tail.join(() => moved());
    await moving(() => undefined);
    await appended(1);
    leave();
    expect(tail.pageAfter(0n, ALL, 10)).toBe(undefined);
    await append(1);
    await joined();
    expect(tail.pageAfter(1n, ALL, 10)).toBe(undefined);
    expect(tail.pageAfter(2n, ALL, 10)).toMatchObject({ events: [], upTo: 2n });
  });

  it('loses no wake-up that comes while it reads', async () => {
    await joined();
    const { promise: isReading, resolve: reading } = Promise.withResolvers<void>();
    const { promise: mayRead, resolve: read } = Promise.withResolvers<void>();
    const readFeed = storage.readFeed.bind(storage);
    storage.readFeed = async (query) => {
      const page = await readFeed(query);
      storage.readFeed = readFeed;
      reading();
      await mayRead;
      return page;
    };
    await append(1);
    wakeUps.notify();
    await isReading;
    await append(1);
    wakeUps.notify();
    read();
    while (tail.pageAfter(0n, ALL, 10)?.upTo !== 2n) await moving(() => undefined);
    expect(tail.pageAfter(0n, ALL, 10)?.events).toHaveLength(2);
  });
});
