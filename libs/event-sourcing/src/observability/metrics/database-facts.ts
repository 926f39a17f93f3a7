import type { DeadLetterStats, DeadLetterStore } from '../../dead-letter-queue/index.js';
import type { EventStorage, HeldHorizon } from '../../event-store/index.js';
import type { SubscriptionLag, SubscriptionLags } from '../../subscriptions/index.js';

/** What only the database knows. */
export interface DatabaseFacts {
  readonly horizon: HeldHorizon;
  readonly lags: readonly SubscriptionLag[];
  readonly deadLetters: DeadLetterStats;
}

/** What {@link CachedDatabaseFacts} ask. */
export interface DatabaseFactsParts {
  readonly storage: EventStorage;
  readonly lags: SubscriptionLags;
  readonly deadLetters: DeadLetterStore;
  readonly cacheMs: number;
  readonly databaseTimeoutMs: number;
  /** Told when facts cannot be had, once until they can again. */
  readonly onUnknown: (why: unknown) => void;
}

/** Reads the facts once for all gauges of a scrape and those soon after it, and keeps no scrape waiting for the database. */
export class CachedDatabaseFacts {
  private facts: DatabaseFacts | undefined;
  private readAt = -Infinity;
  private reading: Promise<void> | undefined;
  private isUnknown = false;

  constructor(private readonly parts: DatabaseFactsParts) {}

  /** The facts; `undefined` where the database does not tell them in time: what was so before may not be so now. */
  async current(): Promise<DatabaseFacts | undefined> {
    if (this.isFresh()) return this.facts;
    // A slow one is not asked again meanwhile.
    this.reading ??= this.read().finally(() => {
      this.reading = undefined;
    });
    await this.inTime(this.reading);
    if (this.isFresh()) return this.facts;
    this.unknown(new Error(`the database did not answer within ${this.parts.databaseTimeoutMs} ms`));
    return undefined;
  }

  /** Resolves when nothing is asked any more, or the time to wait for the database is over. */
  async settle(): Promise<void> {
    if (this.reading !== undefined) await this.inTime(this.reading);
  }

  private isFresh(): boolean {
    return performance.now() - this.readAt < this.parts.cacheMs;
  }

  private async inTime(reading: Promise<void>): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const timeout = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, this.parts.databaseTimeoutMs);
    });
    await Promise.race([reading, timeout]);
    clearTimeout(timer);
  }

  // One after the other: a scrape takes one connection.
  private async read(): Promise<void> {
    const { storage, lags, deadLetters } = this.parts;
    try {
      const horizon = await storage.heldHorizon();
      this.facts = { horizon, lags: await lags.measure(horizon), deadLetters: await deadLetters.stats() };
      this.readAt = performance.now();
      this.isUnknown = false;
    } catch (error) {
      this.unknown(error);
    }
  }

  private unknown(why: unknown): void {
    if (!this.isUnknown) this.parts.onUnknown(why);
    this.isUnknown = true;
  }
}
