import type { BeforeApplicationShutdown } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { categoryOf } from '../core/index.js';
import { aggregateFold, newAggregate } from './aggregate-fold.js';
import { failureOf, headOf, track } from './aggregate-tracking.js';
import { retryOnConflict } from './conflict-retry.js';
import { AggregateNotFoundError, UnsavableAggregateError } from './errors.js';
import type { AggregateClass, AnyAggregateRoot } from './event-sourced.decorator.js';
import { FoldStore, type RepositoryParts } from './fold-store.js';
import type { StreamHead } from './stream-fold.js';
import {
  assertStandsAt,
  attemptsOf,
  type SaveOptions,
  type TransactionOptions,
  type UpdateOptions,
} from './update-options.js';

/** What a save did. */
export interface SavedAggregate<T> {
  readonly id: string;
  readonly streamId: string;
  /** Version of the stream's last event; the loaded one where nothing was raised. */
  readonly version: number;
  /** Global position of that event, what `waitFor` takes; `undefined` where there is none. */
  readonly position: bigint | undefined;
  readonly aggregate: T;
}

/** Loads aggregates of one class from their streams and appends what they raise. Inject it by `@InjectAggregateRepository`. */
export class AggregateRepository<T extends AnyAggregateRoot> implements BeforeApplicationShutdown {
  private readonly streams: FoldStore<T>;
  private readonly category: string;

  constructor(
    private readonly aggregateClass: AggregateClass<T>,
    parts: RepositoryParts,
  ) {
    const fold = aggregateFold(aggregateClass);
    this.category = fold.category;
    this.streams = new FoldStore(fold, parts);
  }

  /** The aggregate as it stands. Throws {@link AggregateNotFoundError}. */
  async get(id: string, options: TransactionOptions = {}): Promise<T> {
    const aggregate = await this.find(id, options);
    if (aggregate === undefined) throw new AggregateNotFoundError(this.category, id);
    return aggregate;
  }

  /** The aggregate as it stands, `undefined` where it has no event. */
  async find(id: string, { manager }: TransactionOptions = {}): Promise<T | undefined> {
    const { head, state: aggregate } = await this.streams.load(id, manager);
    track(aggregate, head);
    return head.version === 0 ? undefined : aggregate;
  }

  /** Whether the aggregate has an event, without loading it. */
  async exists(id: string): Promise<boolean> {
    return this.streams.exists(id);
  }

  /** Makes a new aggregate, lets `decide` raise its first events and saves it. Throws `ConcurrencyError` where it exists. */
  async create(
    id: string,
    decide: (aggregate: T) => unknown,
    { manager }: TransactionOptions = {},
  ): Promise<SavedAggregate<T>> {
    const aggregate = newAggregate(this.aggregateClass, id);
    await decide(aggregate);
    return this.append(aggregate, manager);
  }

  /**
   * Loads the aggregate, lets `decide` raise events and saves it; where somebody else was faster, once more from the
   * start. So `decide` may run several times, on a fresh instance each. What it throws passes through, nothing is stored.
   */
  async update(id: string, decide: (aggregate: T) => unknown, options: UpdateOptions = {}): Promise<SavedAggregate<T>> {
    const { expectedVersion, manager } = options;
    const prepare = async (): Promise<T> => {
      const aggregate = await this.get(id, { manager });
      assertStandsAt(headOf(aggregate), expectedVersion);
      await decide(aggregate);
      return aggregate;
    };
    const commit = (aggregate: T) => this.append(aggregate, manager);
    return retryOnConflict({ prepare, commit }, attemptsOf(options));
  }

  /**
   * Appends what the aggregate has raised since it was loaded. Throws `ConcurrencyError` where its stream has moved on;
   * then, and after any other failure, it keeps its events.
   */
  async save(aggregate: T, { expectedVersion, manager }: SaveOptions = {}): Promise<SavedAggregate<T>> {
    assertStandsAt(headOf(aggregate), expectedVersion);
    return this.append(aggregate, manager);
  }

  /**
   * Takes a snapshot of the aggregate as it stands; `false` where one as new is there, or where the options switch
   * snapshots off. Throws {@link AggregateNotFoundError}, `SnapshotStateError`, `SnapshotsOffError` and what the store throws.
   */
  async snapshot(id: string): Promise<boolean> {
    return this.streams.snapshot(id);
  }

  /** Resolves when no snapshot waits in the background. */
  async flush(): Promise<void> {
    await this.streams.flush();
  }

  /** Called by Nest on shutdown, while the database is still connected. */
  async beforeApplicationShutdown(): Promise<void> {
    await this.flush();
  }

  private async append(aggregate: T, manager: EntityManager | undefined): Promise<SavedAggregate<T>> {
    const head = headOf(aggregate);
    assertSavable(aggregate, head, this.category);
    const events = [...(aggregate.getUncommittedEvents() as object[])];
    const next = await this.streams.append({ head, state: aggregate }, events, manager);
    track(aggregate, next);
    forgetSaved(aggregate, events.length);
    const { id, streamId, version, position } = next;
    return { id, streamId, version, position, aggregate };
  }
}

function assertSavable(aggregate: AnyAggregateRoot, { streamId }: StreamHead, category: string): void {
  const className = aggregate.constructor.name;
  if (categoryOf(streamId) !== category) {
    throw new UnsavableAggregateError(
      className,
      `it is of stream '${streamId}', this repository is for '${category}'.`,
    );
  }
  if (aggregate.autoCommit) {
    throw new UnsavableAggregateError(
      className,
      'autoCommit is on, so that it keeps none of its events. Leave it off.',
    );
  }
  const failure = failureOf(aggregate);
  if (failure !== undefined) {
    const reason = 'a handler failed on one of its new events, so that its state is not to be trusted. Load it again.';
    throw new UnsavableAggregateError(className, reason, { cause: failure.error });
  }
}

// Events that were raised while the append was under way are not in it and stay for the next save.
function forgetSaved(aggregate: AnyAggregateRoot, count: number): void {
  const late = aggregate.getUncommittedEvents().slice(count);
  aggregate.uncommit();
  for (const event of late) aggregate.apply(event, { skipHandler: true });
}
