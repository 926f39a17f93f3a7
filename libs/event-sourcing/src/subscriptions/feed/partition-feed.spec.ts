import { beforeEach, describe, expect, it } from '@jest/globals';
import { type FeedPageQuery, FeedWakeUps, InMemoryEventStorage } from '../../event-store/index.js';
import { encodedAppend, encodedEvent } from '../../testing/index.js';
import { FeedTail } from './feed-tail.js';
import { InFlightBudget } from './in-flight-budget.js';
import { PartitionFeed } from './partition-feed.js';

class WatchedStorage extends InMemoryEventStorage {
  readonly asked: string[] = [];
  broken = false;

  override async readFeed(query: FeedPageQuery): ReturnType<InMemoryEventStorage['readFeed']> {
    this.asked.push(`${query.limit} after ${query.after}`);
    if (this.broken) throw new Error('broken');
    return super.readFeed(query);
  }
}

const NEVER = new AbortController().signal;
const nothingToSave = async (): Promise<void> => undefined;

describe('PartitionFeed', () => {
  let storage: WatchedStorage;
  let budget: InFlightBudget;
  let feed: PartitionFeed;

  beforeEach(async () => {
    storage = new WatchedStorage();
    budget = new InFlightBudget(10);
    const polls = { minPollIntervalMs: 1_000, maxPollIntervalMs: 1_000 };
    const tail = new FeedTail({ storage, wakeUps: new FeedWakeUps(), ...polls, types: ['*'], windowSize: 10 });
    feed = new PartitionFeed({ storage, tail, budget, filter: {} });
    const events = Array.from({ length: 12 }, () => encodedEvent());
    await storage.append([encodedAppend('parcel-1', { events })], { atomic: true });
  });

  it('counts what it has taken until it is done with', async () => {
    expect((await feed.next(0n, 4, NEVER, nothingToSave)).events).toHaveLength(4);
    expect(budget.taken).toBe(4);
    feed.done();
    expect(budget.taken).toBe(0);
  });

  it('gives back at once what a short page did not need', async () => {
    expect((await feed.next(10n, 4, NEVER, nothingToSave)).events).toHaveLength(2);
    expect(budget.taken).toBe(2);
  });

  it('reads the next page ahead, within the budget, and gives it without another read', async () => {
    const first = await feed.next(0n, 6, NEVER, nothingToSave);
    feed.readAhead(first, 6);
    expect(budget.taken).toBe(10);
    feed.done();
    const second = await feed.next(first.upTo, 6, NEVER, nothingToSave);
    expect(second.events.map(({ position }) => Number(position))).toEqual([7, 8, 9, 10]);
    expect(storage.asked).toEqual(['6 after 0', '4 after 6']);
    expect(budget.taken).toBe(4);
    feed.done();
    expect(budget.taken).toBe(0);
  });

  it('throws away what was read ahead from another position, or is longer than wanted now', async () => {
    const first = await feed.next(0n, 4, NEVER, nothingToSave);
    feed.readAhead(first, 4);
    feed.done();
    expect((await feed.next(0n, 4, NEVER, nothingToSave)).events[0]?.position).toBe(1n);
    feed.done();
    feed.readAhead(first, 4);
    expect((await feed.next(4n, 1, NEVER, nothingToSave)).events).toHaveLength(1);
    feed.done();
    expect(budget.taken).toBe(0);
  });

  it('reads nothing ahead at the end of the feed', async () => {
    feed.readAhead(await feed.next(0n, 10, NEVER, nothingToSave), 10);
    feed.done();
    feed.readAhead(await feed.next(10n, 10, NEVER, nothingToSave), 10);
    expect(storage.asked).toHaveLength(2);
  });

  it('tells of a failed read-ahead when its page is asked for, and gives its share back', async () => {
    const first = await feed.next(0n, 4, NEVER, nothingToSave);
    storage.broken = true;
    feed.readAhead(first, 4);
    feed.done();
    await expect(feed.next(4n, 4, NEVER, nothingToSave)).rejects.toThrow('broken');
    expect(budget.taken).toBe(0);
    storage.broken = false;
    expect((await feed.next(4n, 4, NEVER, nothingToSave)).events).toHaveLength(4);
  });

  it('lets its owner give back what is taken, before it waits for the budget', async () => {
    await feed.next(0n, 10, NEVER, nothingToSave);
    let saved = 0;
    const page = await feed.next(10n, 10, NEVER, async () => {
      saved += 1;
      feed.done();
    });
    expect([saved, page.events.length]).toEqual([1, 2]);
    budget.tryTake(10);
    expect(await feed.more(0n, 5)).toBe(undefined);
  });
});
