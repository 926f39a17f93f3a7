import { Runner, type StoredEvent } from '../../core/index.js';
import {
  type EventStorage,
  type FeedFilter,
  feedMatcher,
  type FeedPage,
  type FeedWakeUps,
} from '../../event-store/index.js';
import { PollRest } from './poll-rest.js';

/** What a {@link FeedTail} works with. */
export interface FeedTailParts {
  readonly storage: EventStorage;
  readonly wakeUps: FeedWakeUps;
  readonly minPollIntervalMs: number;
  readonly maxPollIntervalMs: number;
  /** Wire names and patterns that any subscription of this process wants. */
  readonly types: readonly string[];
  /** Most events that are kept in memory. */
  readonly windowSize: number;
}

/**
 * The end of the feed, read once for all partitions of this process that stand there: one poll and one page for all, and
 * each picks what it wants out of memory. It reads with the horizon as anybody does. Who is behind the window reads alone.
 */
export class FeedTail {
  private readonly runner: Runner;
  private readonly listeners = new Set<() => void>();
  private unsubscribe: (() => void) | undefined;
  private events: StoredEvent[] = [];
  /** All wanted events after `from` and up to `page.upTo` are in `events`. */
  private from = 0n;
  private page: FeedPage | undefined;
  private readonly rest: PollRest;

  constructor(private readonly parts: FeedTailParts) {
    this.rest = new PollRest(parts);
    this.runner = new Runner({
      name: 'tail of the feed',
      turn: () => this.turn(),
      // Whoever asks now reads alone, and meets the same error where it can be told of.
      onError: () => {
        this.page = undefined;
        this.tell();
        return parts.maxPollIntervalMs;
      },
    });
  }

  /** Keeps the end of the feed at hand until the returned function is called; calls back whenever it has moved. */
  join(listener: () => void): () => void {
    this.listeners.add(listener);
    if (this.listeners.size === 1) {
      this.unsubscribe = this.parts.wakeUps.subscribe(() => this.runner.wake());
      this.runner.start();
    }
    return () => {
      this.listeners.delete(listener);
      if (this.listeners.size === 0) this.end();
    };
  }

  /** The page after a position; an empty one where there is nothing more yet; `undefined` where one must read alone. */
  pageAfter(after: bigint, filter: FeedFilter, limit: number): FeedPage | undefined {
    const { page } = this;
    if (page === undefined || after < this.from) return undefined;
    const { head, horizon, holderPid } = page;
    const settled = { head, horizon, holderPid };
    if (after >= page.upTo) return { ...settled, events: [], upTo: after };
    const matches = feedMatcher(filter);
    const events: StoredEvent[] = [];
    for (const event of this.events) {
      if (event.position <= after || !matches(event)) continue;
      events.push(event);
      if (events.length === limit) return { ...settled, events, upTo: event.position };
    }
    return { ...settled, events, upTo: page.upTo };
  }

  /** Ends the loop and waits for it; whoever still listens is not called any more. */
  async stop(): Promise<void> {
    this.listeners.clear();
    this.end();
    await this.runner.stop();
  }

  private end(): void {
    this.unsubscribe?.();
    this.unsubscribe = undefined;
    this.page = undefined;
    this.events = [];
    void this.runner.stop();
  }

  private async turn(): Promise<number> {
    const { storage, types, windowSize } = this.parts;
    const { page: before } = this;
    if (before === undefined) return this.begin();
    const after = before.upTo;
    const page = await storage.readFeed({ after, limit: windowSize, filter: { types } });
    // Nobody has listened for a while; the next who joins begins anew.
    if (this.page !== before) return 0;
    this.page = page;
    if (page.upTo === after) return this.rest.next(page);
    this.events.push(...page.events);
    const surplus = this.events.splice(0, Math.max(0, this.events.length - windowSize));
    this.from = surplus.at(-1)?.position ?? this.from;
    this.rest.reset();
    this.tell();
    return page.upTo < page.horizon ? 0 : this.parts.minPollIntervalMs;
  }

  private async begin(): Promise<number> {
    const settled = await this.parts.storage.horizon();
    this.events = [];
    this.from = settled.horizon;
    this.page = { ...settled, events: [], upTo: settled.horizon };
    this.tell();
    return settled.horizon < settled.head ? this.parts.minPollIntervalMs : 0;
  }

  private tell(): void {
    for (const listener of this.listeners) listener();
  }
}
