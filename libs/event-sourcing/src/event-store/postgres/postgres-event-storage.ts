import type { EntityManager } from 'typeorm';
import type { StoredEvent } from '../../core/index.js';
import { constraintOf, type PostgresDatabase, SQLSTATE, sqlStateOf } from '../../database/index.js';
import {
  type AppendBatchOptions,
  type AppendOutcome,
  type EncodedAppend,
  EventStorage,
  type FeedBacklog,
  type FeedBacklogQuery,
  type FeedCountQuery,
  type FeedHorizon,
  type FeedPage,
  type FeedPageQuery,
  type HeldHorizon,
  type StreamPageQuery,
  type StreamVersionQuery,
} from '../event-storage.js';
import { GROUP_COMMIT_DEFAULTS, type GroupCommitOptions } from '../group-commit.options.js';
import { type BatchOutcome, type OutcomeRow, toEventParameters, toOutcome, toParameters } from './append-batch.js';
import { type AppendSender, GroupCommit } from './group-commit/group-commit.js';
import { type EventRow, toStoredEvent } from './event-rows.js';
import { filterValues } from './feed-filter-values.js';
import {
  APPEND_EVENT,
  APPEND_EVENTS,
  COUNT_FEED,
  FEED_BACKLOG,
  FEED_HORIZON,
  HELD_HORIZON,
  READ_FEED,
  READ_STREAM_BACKWARDS,
  READ_STREAM_FORWARDS,
  STREAM_VERSION,
} from './event-store.sql.js';

interface HorizonRow {
  readonly head: bigint;
  readonly horizon: bigint;
  readonly holder_pid: number | null;
}

interface BacklogRow {
  readonly count: number;
  readonly age_seconds: number;
  readonly is_cut: boolean;
}

/** How often a batch of its own is tried again after PostgreSQL rolled it back for another transaction's sake. */
const ATTEMPTS = 5;

/** Keeps events in PostgreSQL; the rules are in the functions of migration 0001. */
export class PostgresEventStorage extends EventStorage {
  private readonly groupCommit: GroupCommit | undefined;

  /** @param options of group commit; `false`: each append goes by itself. */
  constructor(
    private readonly database: PostgresDatabase,
    options: GroupCommitOptions | false = {},
  ) {
    super();
    const sender: AppendSender = {
      one: async (append) => (await this.appendNow([append], true, undefined))[0] as AppendOutcome,
      many: (appends) => this.appendTogether(appends),
    };
    if (options !== false) this.groupCommit = new GroupCommit(sender, { ...GROUP_COMMIT_DEFAULTS, ...options });
  }

  async append(
    appends: readonly EncodedAppend[],
    { atomic, manager }: AppendBatchOptions,
  ): Promise<readonly AppendOutcome[]> {
    const [first] = appends;
    if (this.groupCommit === undefined || manager !== undefined || first === undefined || appends.length > 1) {
      return this.appendNow(appends, atomic, manager);
    }
    return [await this.groupCommit.append(first)];
  }

  override async flush(): Promise<void> {
    await this.groupCommit?.idle();
  }

  async readStream(query: StreamPageQuery): Promise<readonly StoredEvent[]> {
    const { streamId, fromVersion, toVersion, direction, limit, tenantId = null, manager } = query;
    const statement = direction === 'forwards' ? READ_STREAM_FORWARDS : READ_STREAM_BACKWARDS;
    const values = [streamId, fromVersion, toVersion, limit, tenantId];
    return (await this.database.queryArrays<EventRow>(statement, values, manager)).map(toStoredEvent);
  }

  async readFeed({ after, limit, filter = {} }: FeedPageQuery): Promise<FeedPage> {
    const settled = await this.horizon();
    if (after >= settled.horizon) return { ...settled, events: [], upTo: after };
    // A statement of its own, hence a later snapshot than the look at the lock table.
    const rows = await this.database.queryArrays<EventRow>(READ_FEED, [
      after,
      settled.horizon,
      ...filterValues(filter),
      limit,
    ]);
    const events = rows.map(toStoredEvent);
    const last = events.length < limit ? undefined : events.at(-1);
    return { ...settled, events, upTo: last?.position ?? settled.horizon };
  }

  async countFeed({ after, upTo, filter = {}, limit }: FeedCountQuery): Promise<bigint> {
    const values = [after, upTo, ...filterValues(filter), limit ?? null];
    const count = async (manager?: EntityManager): Promise<bigint> => {
      const [row] = await this.database.query<{ count: bigint }>(COUNT_FEED, values, manager);
      return row?.count ?? 0n;
    };
    // Who wants to know all of it is ready to wait.
    return limit === undefined ? this.database.transaction(count, { unlimited: true }) : count();
  }

  async backlog({ after, filter = {}, limit }: FeedBacklogQuery): Promise<FeedBacklog> {
    const least = after.reduce((a, b) => (a < b ? a : b));
    const [types, patterns, categories, tenantId] = filterValues(filter);
    const values = [least, after, types, patterns, categories, tenantId, limit];
    const [row] = await this.database.query<BacklogRow>(FEED_BACKLOG, values);
    return { count: row?.count ?? 0, ageSeconds: row?.age_seconds ?? 0, isCut: row?.is_cut ?? false };
  }

  async streamVersion(streamId: string, { tenantId, manager }: StreamVersionQuery = {}): Promise<number> {
    const [row] = await this.database.query<{ version: number }>(STREAM_VERSION, [streamId, tenantId ?? null], manager);
    return row?.version ?? 0;
  }

  async horizon(): Promise<FeedHorizon> {
    const [row] = await this.database.query<HorizonRow>(FEED_HORIZON);
    if (row === undefined) throw new Error('feed_horizon() gave no row');
    return toHorizon(row);
  }

  async heldHorizon(): Promise<HeldHorizon> {
    const [row] = await this.database.query<HorizonRow & { age_seconds: number }>(HELD_HORIZON);
    if (row === undefined) throw new Error('feed_horizon() gave no row');
    return { ...toHorizon(row), ageSeconds: row.age_seconds };
  }

  private async appendNow(
    appends: readonly EncodedAppend[],
    atomic: boolean,
    manager: EntityManager | undefined,
  ): Promise<readonly AppendOutcome[]> {
    try {
      return await this.appendOnce(appends, atomic, manager);
    } catch (error) {
      if (manager === undefined) return this.appendAgain(appends, atomic, error);
      // PostgreSQL has aborted the caller's transaction, so there is nothing left to try or to ask in it.
      if (!isDuplicateInFlight(error)) throw error;
      return appends.map(() => ({ outcome: 'duplicate', eventId: undefined, existingStreamId: undefined }));
    }
  }

  private async appendOnce(
    appends: readonly EncodedAppend[],
    atomic: boolean,
    manager?: EntityManager,
  ): Promise<readonly AppendOutcome[]> {
    const [append, ...others] = appends;
    const [event, ...more] = append?.events ?? [];
    const isOne = append !== undefined && event !== undefined && others.length + more.length === 0;
    const rows = isOne
      ? await this.database.query<OutcomeRow>(APPEND_EVENT, toEventParameters(append, event), manager)
      : await this.database.query<OutcomeRow>(APPEND_EVENTS, [...toParameters(appends), atomic, true], manager);
    return rows.map(toOutcome) as AppendOutcome[];
  }

  private async appendTogether(appends: readonly EncodedAppend[]): Promise<readonly BatchOutcome[]> {
    const rows = await this.database.query<OutcomeRow>(APPEND_EVENTS, [...toParameters(appends), false, false]);
    return rows.map(toOutcome);
  }

  private async appendAgain(
    appends: readonly EncodedAppend[],
    atomic: boolean,
    firstError: unknown,
  ): Promise<readonly AppendOutcome[]> {
    let error = firstError;
    for (let attempt = 1; attempt < ATTEMPTS && isRolledBackForAnother(error); attempt++) {
      try {
        // One after the other, an append that is at fault fails alone.
        return atomic ? await this.appendOnce(appends, true) : await this.appendEach(appends);
      } catch (next) {
        error = next;
      }
    }
    throw error;
  }

  private async appendEach(appends: readonly EncodedAppend[]): Promise<readonly AppendOutcome[]> {
    const outcomes: AppendOutcome[] = [];
    for (const append of appends) outcomes.push(...(await this.appendNow([append], true, undefined)));
    return outcomes;
  }
}

function toHorizon({ head, horizon, holder_pid }: HorizonRow): FeedHorizon {
  return { head, horizon, holderPid: holder_pid ?? undefined };
}

function isRolledBackForAnother(error: unknown): boolean {
  const state = sqlStateOf(error);
  if (state === SQLSTATE.deadlockDetected || state === SQLSTATE.serializationFailure) return true;
  return isDuplicateInFlight(error);
}

// An event id that another transaction was just writing shows as a unique violation once and as a duplicate thereafter.
function isDuplicateInFlight(error: unknown): boolean {
  return sqlStateOf(error) === SQLSTATE.uniqueViolation && constraintOf(error) === 'events_event_id';
}
