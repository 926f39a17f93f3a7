import { Runner } from '../core/index.js';
import type { Lease } from '../database/index.js';
import type { FeedPage } from '../event-store/index.js';
import { BatchHandler } from './delivery/batch-handler.js';
import { FlightTally } from './delivery/flight-tally.js';
import { PageDelivery, PartialDelivery } from './delivery/page-delivery.js';
import { PageRun } from './delivery/page-run.js';
import { ParkedStreams } from './delivery/parked-streams.js';
import { Redriver } from './delivery/redriver.js';
import type { SharedParts } from './engine-parts.js';
import { FencedError, StartPositionError } from './errors.js';
import { type FailedPage, PartitionFailures, type Verdict } from './failure/partition-failures.js';
import { PartitionFeed } from './feed/partition-feed.js';
import { PollRest } from './feed/poll-rest.js';
import { PartitionOwnership } from './ownership/partition-ownership.js';
import type { PartitionState, RunnerStatus } from './partition-state.js';
import { filterOf, type SubscriptionDefinition } from './subscription-definition.js';

/**
 * The one loop of a partition: take a page behind the horizon, handle it and move the checkpoint in one transaction,
 * repeat; at the head rest until woken or for the poll interval. Catching up and being live are the same. A page that
 * fails is done again event by event, so that what is charged to an event is its own.
 */
export class PartitionRunner {
  /** What is under way, and what has become of it. */
  readonly tally = new FlightTally();
  private state: PartitionState = 'stopped';
  private position = 0n;
  /** Up to here pages are of one event. */
  private singlyUpTo = 0n;
  private handlerAbort = new AbortController();
  private leaveTail: (() => void) | undefined;
  private ending: Promise<void> | undefined;
  private readonly progress = new Set<() => void>();
  private readonly runner: Runner;
  private readonly feed: PartitionFeed;
  private readonly rest: PollRest;
  private readonly ownership: PartitionOwnership;
  private readonly delivery: PageDelivery;
  private readonly redriver: Redriver;
  private readonly failures: PartitionFailures;

  constructor(
    private readonly definition: SubscriptionDefinition,
    private readonly partition: number,
    private readonly parts: SharedParts,
  ) {
    const { options } = parts;
    const { name: subscription } = definition;
    const { processingTimeoutMs } = options;
    const about = { ...parts, definition, partition, tally: this.tally };
    const told = { state: () => this.state, onCall: () => this.runner.beat() };
    const handler = new BatchHandler(definition, partition, { ...parts, ...told, processingTimeoutMs });
    this.rest = new PollRest(options);
    this.failures = new PartitionFailures({ ...about, subscription });
    this.feed = new PartitionFeed({ ...parts, filter: filterOf(definition, partition) });
    this.delivery = new PageDelivery({ ...about, handler, parked: new ParkedStreams(about) });
    this.redriver = new Redriver({ ...about, handler, classifyError: options.classifyError });
    this.ownership = new PartitionOwnership({ ...about, ttlMs: options.leaseTtlMs });
    this.runner = new Runner({
      name: `${subscription}/${partition}`,
      turn: (signal) => this.turn(signal),
      onError: (error) => this.failed(error),
    });
  }

  /** What it does now, how far it has come, what went wrong last. */
  status(): RunnerStatus {
    const { state, failures } = this;
    const position = this.ownership.held === undefined ? undefined : this.position;
    return { state, position, circuit: failures.circuit.state, lastError: failures.lastError };
  }

  /** For how long its loop owes a sign of life, in milliseconds. */
  readonly silentMs = (): number => this.runner.silentMs();

  /** Calls back after each step forward of this process, until the returned function is called. */
  onProgress(listener: () => void): () => void {
    this.progress.add(listener);
    return () => void this.progress.delete(listener);
  }

  /** Starts the loop, where it does not run or is just ending; has it ask again for a partition that another owned. */
  start(): void {
    if (this.state === 'standby') this.runner.wake();
    if (this.runner.running || this.ending !== undefined) return;
    this.state = 'starting';
    this.handlerAbort = new AbortController();
    this.leaveTail = this.parts.tail.join(() => this.wake());
    this.runner.start();
  }

  /** Lets a partition that has failed try again. */
  retry(): void {
    if (this.state !== 'failed') return;
    this.state = this.ownership.held === undefined ? 'starting' : 'catching_up';
    this.runner.wake();
  }

  /** Stops and gives the partition away: for another process to take, or for nobody while it is paused. */
  async standBy(state: 'standby' | 'paused'): Promise<void> {
    if (this.runner.running || this.ending !== undefined) await this.stop();
    if (!this.runner.running) this.state = state;
  }

  /** Lets the batch under way finish, for as long as `drainTimeoutMs`; then aborts it. Gives the partition back. */
  async stop(): Promise<void> {
    this.ending ??= this.end().finally(() => {
      this.ending = undefined;
    });
    await this.ending;
  }

  /**
   * Takes nothing more and resolves when what is under way has ended, which the signal aborts. The partition stays owned
   * until {@link stop}.
   */
  async halt(signal: AbortSignal): Promise<void> {
    this.leaveTail?.();
    const abort = (): void => this.handlerAbort.abort(signal.reason);
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort);
    try {
      await this.runner.stop();
    } finally {
      signal.removeEventListener('abort', abort);
    }
  }

  private async end(): Promise<void> {
    try {
      await this.halt(AbortSignal.timeout(this.parts.options.drainTimeoutMs));
      await this.putDown();
    } finally {
      this.state = 'stopped';
      if (await this.ownership.release()) this.tally.releases += 1;
    }
  }

  // What a subscriber did with the strategy `periodic` would come again to the next owner.
  private async putDown(): Promise<void> {
    const lease = this.ownership.held;
    try {
      if (lease !== undefined) await this.delivery.save(lease);
    } catch (error) {
      if (!(error instanceof FencedError)) this.failures.report(error, 'retry', 0);
    } finally {
      await this.letGo();
    }
  }

  private async letGo(): Promise<void> {
    this.delivery.forget();
    this.feed.done();
    await this.feed.discard();
  }

  // An append is no reason to look again at what another owns, nor to cut the rest after a failure short.
  private wake(): void {
    if (this.state === 'starting' || this.state === 'catching_up' || this.state === 'live') this.runner.wake();
  }

  private async turn(signal: AbortSignal): Promise<number> {
    if (this.state === 'failed') return this.parts.options.maxPollIntervalMs;
    const lease = this.ownership.held ?? (await this.take());
    if (lease === undefined) return this.parts.options.maxPollIntervalMs;
    if (await this.redriver.step(lease, this.handlerAbort.signal)) return 0;
    const { restMs } = this.failures.circuit;
    if (restMs > 0) {
      this.state = 'retrying';
      // No longer than at the head: what an operator has redriven waits for no breaker.
      return Math.min(restMs, this.parts.options.maxPollIntervalMs);
    }
    const limit = this.pageSize();
    const page = await this.feed.next(this.position, limit, signal, () => this.save(lease));
    // Read while it was told to stop: nobody has begun with it.
    if (signal.aborted) return 0;
    if (page.upTo <= this.position) return this.idle(lease, page);
    return this.deliver(lease, page, limit, signal);
  }

  private pageSize(): number {
    return this.isSingly ? 1 : this.failures.circuit.limit(this.parts.options.batchSize);
  }

  private get isSingly(): boolean {
    return this.position < this.singlyUpTo;
  }

  private async take(): Promise<Lease | undefined> {
    await this.letGo();
    const owned = await this.ownership.take();
    this.state = owned === undefined ? 'standby' : 'catching_up';
    if (owned === undefined) return undefined;
    this.position = owned.position;
    this.singlyUpTo = 0n;
    return owned.lease;
  }

  private async deliver(lease: Lease, first: FeedPage, limit: number, signal: AbortSignal): Promise<number> {
    const { options } = this.parts;
    const mayGoOn = !this.isSingly && this.failures.circuit.state === 'closed';
    const run = new PageRun(first, { feed: this.feed, options, limit, signal, mayGoOn });
    if (options.checkpointStrategy !== 'periodic') this.feed.readAhead(first, limit);
    try {
      const handled = await this.delivery.deliver(lease, first, this.handlerAbort.signal, run.more);
      await this.failures.circuit.succeeded(handled);
    } catch (error) {
      this.feed.done();
      await this.feed.discard();
      const { upTo, horizon } = run.last;
      const failed = { events: run.events, upTo, isOneByOne: this.delivery.isOneByOne };
      return this.undelivered(lease, failed, error, horizon);
    }
    if (this.delivery.isSaved) this.feed.done();
    this.failures.acquit();
    this.movedTo(run.last.upTo, run.last.horizon);
    return 0;
  }

  private async save(lease: Lease): Promise<void> {
    await this.delivery.save(lease);
    this.feed.done();
  }

  private movedTo(upTo: bigint, horizon: bigint): void {
    this.position = upTo;
    this.rest.reset();
    this.state = upTo < horizon ? 'catching_up' : 'live';
    for (const listener of this.progress) listener();
  }

  private async idle(lease: Lease, page: FeedPage): Promise<number> {
    await this.save(lease);
    this.state = 'live';
    this.failures.over();
    return this.rest.next(page);
  }

  /** What to do about events that were not delivered: rest before the next try, in milliseconds. */
  private async undelivered(lease: Lease, failed: FailedPage, error: unknown, horizon: bigint): Promise<number> {
    if (this.handlerAbort.signal.aborted) throw error;
    let remaining = failed;
    if (error instanceof PartialDelivery) {
      this.failures.over();
      await this.failures.circuit.succeeded(error.handled);
      this.movedTo(error.upTo, horizon);
      remaining = { ...failed, events: failed.events.filter(({ position }) => position > error.upTo) };
    }
    const verdict = this.failures.judge(error instanceof PartialDelivery ? error.cause : error, remaining);
    switch (verdict.next) {
      case 'again':
        throw verdict.error;
      case 'singly':
        this.singlyUpTo = verdict.upTo;
        return 0;
      case 'stop':
        return this.fail(verdict.failure);
      case 'park':
        return this.park(lease, verdict, horizon);
    }
  }

  private async park(
    lease: Lease,
    { failure, upTo }: Extract<Verdict, { next: 'park' | 'stop' }>,
    horizon: bigint,
  ): Promise<number> {
    const { failures } = this;
    let deadLetterId: string;
    try {
      deadLetterId = await this.delivery.park(lease, failure.event, upTo, failures.tries);
    } catch (error) {
      failures.report(failure, 'retry', 0);
      throw error;
    }
    failures.report(failure, 'park', 0, deadLetterId);
    failures.acquit();
    await failures.circuit.gaveUp(failure.cause);
    this.movedTo(upTo, horizon);
    return 0;
  }

  private fail(error: unknown): number {
    this.state = 'failed';
    this.failures.report(error, 'stop', 0);
    return this.parts.options.maxPollIntervalMs;
  }

  private failed(error: unknown): number {
    if (error instanceof FencedError) {
      this.ownership.lose();
      return this.parts.options.minPollIntervalMs;
    }
    if (error instanceof StartPositionError) return this.fail(error);
    this.state = 'retrying';
    return this.failures.restAfter(error);
  }
}
