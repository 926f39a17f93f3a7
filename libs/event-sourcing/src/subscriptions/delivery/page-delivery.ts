import type { EntityManager } from 'typeorm';
import type { Instrumentation, StoredEvent } from '../../core/index.js';
import type { Lease } from '../../database/index.js';
import { DEAD_LETTER_PARKED, type DeadLetter, type EventFailure } from '../../dead-letter-queue/index.js';
import type { FeedPage } from '../../event-store/index.js';
import type { CheckpointedWork, CheckpointStore } from '../checkpoint-store.js';
import type { SubscriptionDefinition } from '../subscription-definition.js';
import type { ResolvedSubscriptionsOptions } from '../subscriptions.options.js';
import { BATCH_HANDLED } from '../subscriptions.signals.js';
import type { BatchHandler } from './batch-handler.js';
import type { FlightTally } from './flight-tally.js';
import type { ParkedStreams } from './parked-streams.js';
import { correlationOfStored } from './stored-metadata.js';

/** Some events of what was to be delivered are done with and behind a checkpoint; then it failed. `cause` is why. */
export class PartialDelivery extends Error {
  constructor(
    readonly upTo: bigint,
    /** How many of them the handlers have handled; the others were queued behind dead letters. */
    readonly handled: number,
    options: ErrorOptions,
  ) {
    super(`delivered up to position ${upTo} only`, options);
  }
}

/** Gives the next page for the same transaction; `undefined` where there is none, or it has gone on for long enough. */
export type MorePages = () => Promise<FeedPage | undefined>;

/** What a {@link PageDelivery} works with. */
export interface PageDeliveryParts {
  readonly definition: SubscriptionDefinition;
  readonly partition: number;
  readonly handler: BatchHandler;
  readonly checkpoints: CheckpointStore;
  readonly parked: ParkedStreams;
  readonly instrumentation: Instrumentation;
  readonly tally: FlightTally;
  readonly options: Pick<ResolvedSubscriptionsOptions, 'checkpointStrategy' | 'checkpointIntervalMs'>;
}

/** Takes pages past the checkpoint: handled, or put aside as dead letters. */
export class PageDelivery {
  private readonly isAtomic: boolean;
  /** How far a subscriber has come beyond its checkpoint, with the strategy `periodic`. */
  private unsaved: { readonly upTo: bigint; readonly handled: number } | undefined;
  private savedAt = performance.now();

  constructor(private readonly parts: PageDeliveryParts) {
    this.isAtomic = parts.definition.kind === 'projection' && parts.checkpoints.transactional;
  }

  /** Whether everything delivered is behind a checkpoint. */
  get isSaved(): boolean {
    return this.unsaved === undefined;
  }

  /** Whether events are done with one by one, so that one that fails is known and has nothing before it to roll back. */
  get isOneByOne(): boolean {
    return !this.isAtomic || this.parts.options.checkpointStrategy === 'every_event';
  }

  /**
   * Hands a page to the handlers, and with the strategy `periodic` those that `more` gives: a projection's in the transaction
   * that moves the checkpoint, a subscriber's before it. Gives how many events were handled.
   */
  async deliver(lease: Lease, page: FeedPage, signal: AbortSignal, more: MorePages): Promise<number> {
    this.parts.tally.take(page.events.length);
    try {
      return await this.deliverAll(lease, page, signal, more);
    } finally {
      this.parts.tally.rollBack();
    }
  }

  private async deliverAll(lease: Lease, page: FeedPage, signal: AbortSignal, more: MorePages): Promise<number> {
    if (this.parts.options.checkpointStrategy !== 'every_event' || page.events.length < 2) {
      return this.deliverOnce(lease, page, signal, more);
    }
    let handled = 0;
    for (const [index, event] of page.events.entries()) {
      const isLast = index === page.events.length - 1;
      const single = { ...page, events: [event], upTo: isLast ? page.upTo : event.position };
      try {
        handled += await this.deliverOnce(lease, single, signal, more);
      } catch (cause) {
        const before = page.events[index - 1];
        throw before === undefined ? cause : new PartialDelivery(before.position, handled, { cause });
      }
    }
    return handled;
  }

  /** Puts one event aside, with all that went wrong with it, in the transaction that moves the checkpoint; gives the letter's id. */
  async park(lease: Lease, event: StoredEvent, upTo: bigint, failures: readonly EventFailure[]): Promise<string> {
    const { checkpoints, parked } = this.parts;
    let deadLetterId = '';
    const handled = this.unsaved?.handled ?? 0;
    await checkpoints.advance(lease, upTo, async (manager) => {
      deadLetterId = await parked.park(event, failures, manager);
      return { handled };
    });
    this.settle();
    this.parts.tally.redeem();
    this.parts.tally.saves += 1;
    this.reportParked(event, 'failed', failures.at(-1)?.errorClass);
    return deadLetterId;
  }

  /** Moves the checkpoint up to what has been delivered. */
  async save(lease: Lease): Promise<void> {
    const { unsaved } = this;
    if (unsaved === undefined) return;
    const { upTo, handled } = unsaved;
    await this.parts.checkpoints.advance(lease, upTo, async () => ({ handled }));
    this.parts.tally.saves += 1;
    this.settle();
  }

  /** Forgets what is known of the partition, and what is not behind a checkpoint: another owner does it again. */
  forget(): void {
    this.parts.parked.forget();
    this.settle();
  }

  private settle(): void {
    this.unsaved = undefined;
    this.savedAt = performance.now();
  }

  private async deliverOnce(lease: Lease, page: FeedPage, signal: AbortSignal, more: MorePages): Promise<number> {
    return this.isAtomic ? this.project(lease, page, signal, more) : this.perform(lease, page, signal);
  }

  private async project(lease: Lease, first: FeedPage, signal: AbortSignal, more: MorePages): Promise<number> {
    const startedAt = performance.now();
    const queued: StoredEvent[] = [];
    const done: StoredEvent[] = [];
    let reached = first.upTo;
    const work: CheckpointedWork = async (manager) => {
      for (let page: FeedPage | undefined = first; page !== undefined; page = await this.takeMore(more)) {
        const { behind, free } = await this.projectPage(page, manager, signal);
        queued.push(...behind);
        done.push(...free);
        reached = page.upTo;
      }
      return { position: reached, handled: done.length };
    };
    await this.parts.checkpoints.advance(lease, first.upTo, work);
    this.parts.tally.saves += 1;
    this.reportHandled(done, reached, startedAt, queued);
    return done.length;
  }

  private async takeMore(more: MorePages): Promise<FeedPage | undefined> {
    const page = await more();
    this.parts.tally.take(page?.events.length ?? 0);
    return page;
  }

  private async projectPage(
    page: FeedPage,
    manager: EntityManager | undefined,
    signal: AbortSignal,
  ): Promise<{ readonly behind: readonly StoredEvent[]; readonly free: readonly StoredEvent[] }> {
    const { handler, parked } = this.parts;
    const blocked = await parked.among(page.events, manager);
    const isBlocked = ({ streamId }: StoredEvent): boolean => blocked.has(streamId);
    const behind = page.events.filter(isBlocked);
    await parked.queue(behind, manager);
    const free = behind.length === 0 ? page.events : page.events.filter((event) => !isBlocked(event));
    await handler.handleAll(free, manager, signal);
    return { behind, free };
  }

  // No transaction is open while a side effect is under way, and what is done is not done again for what comes after it.
  private async perform(lease: Lease, page: FeedPage, signal: AbortSignal): Promise<number> {
    const { handler, parked, checkpoints } = this.parts;
    const startedAt = performance.now();
    const blocked = await parked.among(page.events, undefined);
    const isBlocked = ({ streamId }: StoredEvent): boolean => blocked.has(streamId);
    const done: StoredEvent[] = [];
    let failure: { readonly cause: unknown; readonly before: bigint } | undefined;
    for (const group of handler.groupsOf(page.events.filter((event) => !isBlocked(event)))) {
      try {
        await handler.handle(group, undefined, signal);
        done.push(...group.events);
      } catch (cause) {
        failure = { cause, before: group.events[0].position };
        break;
      }
    }
    const { before } = failure ?? {};
    const passed = before === undefined ? page.events : page.events.filter(({ position }) => position < before);
    const last = passed.at(-1);
    if (failure !== undefined && last === undefined) {
      await this.save(lease);
      throw failure.cause;
    }
    const upTo = failure === undefined || last === undefined ? page.upTo : last.position;
    const queued = passed.filter(isBlocked);
    const uncounted = done.length + (this.unsaved?.handled ?? 0);
    if (queued.length === 0 && failure === undefined && this.mayWait()) {
      this.unsaved = { upTo, handled: uncounted };
    } else {
      await checkpoints.advance(lease, upTo, async (manager) => {
        await parked.queue(queued, manager);
        return { handled: uncounted };
      });
      this.parts.tally.saves += 1;
      this.settle();
    }
    this.reportHandled(done, upTo, startedAt, queued);
    if (failure !== undefined) throw new PartialDelivery(upTo, done.length, { cause: failure.cause });
    return done.length;
  }

  private mayWait(): boolean {
    const { checkpointStrategy, checkpointIntervalMs } = this.parts.options;
    return checkpointStrategy === 'periodic' && performance.now() - this.savedAt < checkpointIntervalMs;
  }

  private reportHandled(
    done: readonly StoredEvent[],
    position: bigint,
    startedAt: number,
    queued: readonly StoredEvent[],
  ): void {
    const { definition, partition, instrumentation, tally } = this.parts;
    tally.finish(done.length + queued.length);
    for (const event of queued) this.reportParked(event, 'queued-behind', undefined);
    if (!instrumentation.hasListeners(BATCH_HANDLED)) return;
    const durationSeconds = (performance.now() - startedAt) / 1000;
    instrumentation.emit(BATCH_HANDLED, {
      subscription: definition.name,
      partition,
      eventCount: done.length,
      recordedAt: done.map(({ recordedAt }) => recordedAt),
      position,
      durationSeconds,
    });
  }

  private reportParked(event: StoredEvent, reason: DeadLetter['reason'], errorClass: string | undefined): void {
    const { definition, partition, instrumentation } = this.parts;
    const { id: eventId, position, streamId, type } = event;
    const about = { subscription: definition.name, partition, eventId, position, streamId, type };
    const correlationId = correlationOfStored(event);
    instrumentation.emit(DEAD_LETTER_PARKED, { ...about, correlationId, reason, errorClass });
  }
}
