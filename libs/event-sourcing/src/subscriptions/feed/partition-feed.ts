import type { EventStorage, FeedFilter, FeedPage } from '../../event-store/index.js';
import type { FeedTail } from './feed-tail.js';
import type { InFlightBudget } from './in-flight-budget.js';

/** What a {@link PartitionFeed} works with. */
export interface PartitionFeedParts {
  readonly storage: EventStorage;
  readonly tail: FeedTail;
  readonly budget: InFlightBudget;
  readonly filter: FeedFilter;
}

interface PageAhead {
  readonly after: bigint;
  readonly limit: number;
  readonly reading: Promise<FeedPage>;
}

/**
 * The pages of one partition: out of the shared tail where the partition stands at the head, else read for it alone, the
 * next one while the present one is handled. All within the subscription's budget.
 */
export class PartitionFeed {
  private ahead: PageAhead | undefined;
  private taken = 0;

  constructor(private readonly parts: PartitionFeedParts) {}

  /**
   * The page after a position, of at most `limit` events. Where the budget is spent it waits for its turn, and before that
   * calls `beforeWaiting`, which may have something to give back.
   */
  async next(after: bigint, limit: number, signal: AbortSignal, beforeWaiting: () => Promise<void>): Promise<FeedPage> {
    const { ahead } = this;
    if (ahead?.after === after && ahead.limit <= limit) {
      this.ahead = undefined;
      const page = await ahead.reading;
      this.taken += page.events.length;
      return page;
    }
    await this.discard();
    const { budget } = this.parts;
    let granted = budget.tryTake(limit);
    if (granted === 0) {
      await beforeWaiting();
      granted = await budget.take(limit, signal);
    }
    return this.take(after, granted);
  }

  /** The same, without waiting; `undefined` where the budget is spent. What was taken before stays taken. */
  async more(after: bigint, limit: number): Promise<FeedPage | undefined> {
    const granted = this.parts.budget.tryTake(limit);
    return granted === 0 ? undefined : this.take(after, granted);
  }

  /** Begins to read the page after `page`, where there is one and the budget lasts. */
  readAhead({ upTo: after, horizon }: FeedPage, limit: number): void {
    if (after >= horizon || this.ahead !== undefined) return;
    const granted = this.parts.budget.tryTake(limit);
    if (granted === 0) return;
    const reading = this.read(after, granted);
    // Told to whoever asks for the page.
    reading.catch(() => undefined);
    this.ahead = { after, limit: granted, reading };
  }

  /** Everything taken is behind a checkpoint now, or has been rolled back. */
  done(): void {
    this.parts.budget.give(this.taken);
    this.taken = 0;
  }

  /** Forgets what was read ahead, and waits for the reading. */
  async discard(): Promise<void> {
    const { ahead } = this;
    this.ahead = undefined;
    if (ahead === undefined) return;
    try {
      this.parts.budget.give((await ahead.reading).events.length);
    } catch {
      // A reading that failed has given its share back; the next one will meet the same trouble.
    }
  }

  private async take(after: bigint, granted: number): Promise<FeedPage> {
    const page = await this.read(after, granted);
    this.taken += page.events.length;
    return page;
  }

  private async read(after: bigint, granted: number): Promise<FeedPage> {
    const { storage, tail, budget, filter } = this.parts;
    let unused = granted;
    try {
      const page =
        tail.pageAfter(after, filter, granted) ?? (await storage.readFeed({ after, limit: granted, filter }));
      unused -= page.events.length;
      return page;
    } finally {
      budget.give(unused);
    }
  }
}
