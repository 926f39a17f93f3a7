import { isConnectionError } from '../../../database/index.js';
import { AppendQueueFullError } from '../../errors.js';
import type { AppendOutcome, EncodedAppend } from '../../event-storage.js';
import type { GroupCommitOptions } from '../../group-commit.options.js';
import type { BatchOutcome } from '../append-batch.js';
import { type WaitingAppend, WaitingAppends } from './waiting-appends.js';

/** After this time a batch counts as held up by a lock of somebody else's, and the next one waits for it no longer; in milliseconds. */
const PATIENCE_MS = 50;

/** Most that are sent at the same time, each on a connection of its own: batches, and appends that go alone. */
const MOST_UNDER_WAY = 4;

/** With so many appends known, two batches take turns: the database stores one while this process reads and writes the other. */
const ENOUGH_FOR_TWO = 64;

/** How appends are stored. */
export interface AppendSender {
  /** Stores one append, and waits for its stream where another transaction has it. */
  one(append: EncodedAppend): Promise<AppendOutcome>;
  /** Stores appends to different streams, each by itself in its outcome; `busy` where another transaction has the stream. */
  many(appends: readonly EncodedAppend[]): Promise<readonly BatchOutcome[]>;
}

/**
 * Group commit, as databases do it with their log: an append that finds none under way goes out at once; those that come
 * meanwhile go out together when it is back, or half of them at a time where they are many. First come, first served. What
 * fails, or waits for a lock, does so alone.
 */
export class GroupCommit {
  private readonly waiting: WaitingAppends;
  /** Those that cannot go with others; their streams stay busy. */
  private readonly loners: WaitingAppend[] = [];
  private readonly busy = new Set<string>();
  private readonly underWay = new Set<Promise<void>>();
  /** The batches under way that the next one waits for, and the appends in them. */
  private readonly ahead = { batches: 0, appends: 0 };
  private isDeparting = false;

  constructor(
    private readonly sender: AppendSender,
    private readonly options: Required<GroupCommitOptions>,
  ) {
    this.waiting = new WaitingAppends(options);
  }

  /** Stores one append. Throws `AppendQueueFullError` where too many wait already. */
  async append(append: EncodedAppend): Promise<AppendOutcome> {
    const { maxWaiting } = this.options;
    if (this.waiting.size >= maxWaiting) throw new AppendQueueFullError(append.streamId, maxWaiting);
    const outcome = Promise.withResolvers<AppendOutcome>();
    this.waiting.add({ append, outcome });
    // One look at all that came meanwhile, not one for each: they may be many, and all to a stream that is busy.
    if (this.ahead.batches > 0) this.departSoon();
    else if (!this.isDeparting) this.depart();
    return outcome.promise;
  }

  /** Resolves when nothing waits and nothing is under way. */
  async idle(): Promise<void> {
    while (this.waiting.size + this.loners.length + this.underWay.size > 0) {
      await Promise.all(this.underWay);
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  private depart(): void {
    // One place is kept for batches, so that whoever waits for a lock holds up nobody else.
    while (this.loners.length > 0 && this.underWay.size < MOST_UNDER_WAY - 1) {
      const [loner] = this.loners.splice(0, 1) as [WaitingAppend];
      this.send(this.sendAlone(loner));
    }
    while (this.underWay.size < MOST_UNDER_WAY) {
      const batch = this.waiting.take(this.busy, this.mostInNext());
      if (batch.length === 0) return;
      for (const { append } of batch) this.busy.add(append.streamId);
      this.send(this.sendBatch(batch));
    }
  }

  /** How many appends the next batch may have; none, where it is to wait. */
  private mostInNext(): number {
    const { batches, appends } = this.ahead;
    const known = this.waiting.size + appends;
    if (known < ENOUGH_FOR_TWO) return batches === 0 ? known : 0;
    // Not a few behind many: each batch has a price of its own.
    const isWorthIt = batches === 0 || (batches === 1 && this.waiting.size >= appends / 2);
    return isWorthIt ? Math.ceil(known / 2) : 0;
  }

  private send(sent: Promise<void>): void {
    this.underWay.add(sent);
    void sent.finally(() => {
      this.underWay.delete(sent);
      this.departSoon();
    });
  }

  /** Whoever was answered just now may append again at once, and is to go along. */
  private departSoon(): void {
    if (this.isDeparting) return;
    this.isDeparting = true;
    setImmediate(() => {
      this.isDeparting = false;
      this.depart();
    });
  }

  private async sendBatch(batch: readonly WaitingAppend[]): Promise<void> {
    const [first, ...others] = batch as readonly [WaitingAppend, ...WaitingAppend[]];
    const letPass = this.goAhead(batch.length);
    const patience = setTimeout(() => {
      letPass();
      this.departSoon();
    }, PATIENCE_MS);
    await (others.length === 0 ? this.sendAlone(first) : this.sendTogether(batch));
    clearTimeout(patience);
    letPass();
  }

  /** Counts a batch as one that the next waits for, until the returned function is called. */
  private goAhead(appends: number): () => void {
    this.ahead.batches += 1;
    this.ahead.appends += appends;
    let isAhead = true;
    return () => {
      if (!isAhead) return;
      isAhead = false;
      this.ahead.batches -= 1;
      this.ahead.appends -= appends;
    };
  }

  private async sendAlone({ append, outcome }: WaitingAppend): Promise<void> {
    try {
      outcome.resolve(await this.sender.one(append));
    } catch (error) {
      outcome.reject(error);
    } finally {
      this.busy.delete(append.streamId);
    }
  }

  private async sendTogether(batch: readonly WaitingAppend[]): Promise<void> {
    let answers: readonly BatchOutcome[];
    try {
      answers = await this.sender.many(batch.map(({ append }) => append));
    } catch (error) {
      // Nothing of it is stored. One of them is at fault or waits for a lock; or the database is away.
      if (isConnectionError(error)) for (const one of batch) this.end(one, () => one.outcome.reject(error));
      else this.loners.push(...batch);
      return;
    }
    for (const [index, one] of batch.entries()) {
      const answer = answers[index];
      if (answer === undefined || answer.outcome === 'busy') this.loners.push(one);
      else this.end(one, () => one.outcome.resolve(answer));
    }
  }

  private end({ append }: WaitingAppend, tell: () => void): void {
    this.busy.delete(append.streamId);
    tell();
  }
}
