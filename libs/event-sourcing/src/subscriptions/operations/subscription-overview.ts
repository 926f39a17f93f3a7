import { type LeaseTerm, leaseTerms, type PostgresDatabase } from '../../database/index.js';
import type { EventStorage, FeedHorizon } from '../../event-store/index.js';
import type { Checkpoint, CheckpointStore } from '../checkpoint-store.js';
import type { RebuildRecord } from '../ownership/subscription-directory.js';
import { LIST_MEMBER_TERMS, LIST_NOTED } from '../postgres/operations.sql.js';
import { rebuildProgress, type RebuildProgress } from '../rebuild/rebuild-progress.js';

/** Events of the feed that are looked at to tell how far a subscription is behind. */
const LOOK_LIMIT = 10_000;

/**
 * What the rows say of a subscription. `paused`, `rebuilding`: as asked for. `never_started`: it has no checkpoint. `unowned`: no
 * process works on any partition. `partly_owned`: on some. `running`: on all; whether it fails, only its process knows.
 */
export type OverviewState = 'paused' | 'rebuilding' | 'never_started' | 'unowned' | 'partly_owned' | 'running';

/** A process that runs subscriptions, or did and never said that it ended. */
export interface MemberTerm {
  readonly owner: string;
  readonly subscriptions: readonly string[];
  /** How long ago it expired, in seconds; negative while it is alive. */
  readonly expiredForSeconds: number;
}

/** How a partition stands, by the rows. */
export interface PartitionOverview {
  readonly partition: number;
  /** `undefined` where nobody holds the lease. */
  readonly owner: string | undefined;
  readonly position: bigint | undefined;
  /** Events handled since it began, or was reset. */
  readonly handled: bigint;
  readonly updatedAt: Date | undefined;
}

/** How a subscription stands in all processes, as far as the rows tell, which know nothing of its handlers. */
export interface SubscriptionStanding {
  readonly name: string;
  readonly kind: string;
  readonly version: number;
  readonly state: OverviewState;
  readonly pausedReason: string | undefined;
  readonly createdAt: Date;
  readonly rebuild: RebuildProgress | undefined;
  /** Of its slowest partition; `undefined` where one has never started. */
  readonly position: bigint | undefined;
  /** Events of any type behind its checkpoints, so no less than it has to handle; positions where there are more than 10,000. */
  readonly lagEvents: number | undefined;
  /** Age of the oldest of them, in seconds. */
  readonly lagSeconds: number | undefined;
  /** The living processes that run it, whether or not they hold a partition. */
  readonly members: readonly string[];
  readonly partitions: readonly PartitionOverview[];
}

/** All that there is to say of who runs what. */
export interface Overview {
  readonly subscriptions: readonly SubscriptionStanding[];
  readonly members: readonly MemberTerm[];
  readonly leases: readonly LeaseTerm[];
}

interface NotedRow {
  readonly name: string;
  readonly kind: string;
  readonly version: number;
  readonly partitions: number;
  readonly pausedReason: string | null;
  readonly createdAt: Date;
  readonly requestedAt: Date | null;
  readonly isDue: boolean;
  readonly startedAt: Date | null;
  readonly finishedAt: Date | null;
  readonly target: bigint | null;
  readonly total: bigint | null;
  readonly now: Date;
}

interface Facts {
  readonly head: bigint;
  readonly leases: readonly LeaseTerm[];
  readonly members: readonly MemberTerm[];
  readonly checkpoints: readonly Checkpoint[];
}

/** Tells how subscriptions stand without knowing their code, by the rows that their processes keep. */
export class SubscriptionOverview {
  constructor(
    private readonly database: PostgresDatabase,
    private readonly storage: EventStorage,
    private readonly checkpoints: CheckpointStore,
  ) {}

  async look({ head }: Pick<FeedHorizon, 'head'>): Promise<Overview> {
    const noted = await this.database.query<NotedRow>(LIST_NOTED);
    const [leases, members, checkpoints] = await Promise.all([
      leaseTerms(this.database),
      this.members(),
      this.checkpoints.list(),
    ]);
    const subscriptions: SubscriptionStanding[] = [];
    for (const row of noted) subscriptions.push(await this.describe(row, { head, leases, members, checkpoints }));
    return { subscriptions, members, leases };
  }

  /** How the last rebuild of a subscription stands; `undefined` where there never was one, or it was taken back. */
  async rebuildOf(subscription: string): Promise<RebuildProgress | undefined> {
    const row = (await this.database.query<NotedRow>(LIST_NOTED)).find(({ name }) => name === subscription);
    const record = row && recordOf(row);
    return record && rebuildProgress(record, await this.checkpoints.list(subscription), row.now);
  }

  /** The living processes that run a subscription, whether or not they hold a partition. */
  async processesOf(subscription: string): Promise<readonly string[]> {
    return namesOf(subscription, await this.members());
  }

  private async members(): Promise<readonly MemberTerm[]> {
    const rows = await this.database.query<Omit<MemberTerm, 'subscriptions'> & { subscriptions: string }>(
      LIST_MEMBER_TERMS,
    );
    return rows.map((row) => ({ ...row, subscriptions: JSON.parse(row.subscriptions) as string[] }));
  }

  private async describe(row: NotedRow, facts: Facts): Promise<SubscriptionStanding> {
    const { name, kind, version, createdAt } = row;
    const checkpoints = facts.checkpoints.filter(({ subscription }) => subscription === name);
    const partitions = partitionsOf(row, facts.leases, checkpoints);
    const positions = partitions.map(({ position }) => position);
    const after = positions.filter((position) => position !== undefined);
    const isStarted = after.length === positions.length;
    const lag = isStarted ? await this.lag(after, facts.head) : undefined;
    const record = recordOf(row);
    const rebuild = record && rebuildProgress(record, checkpoints, row.now);
    return {
      name,
      kind,
      version,
      state: stateOf(row, partitions, rebuild),
      pausedReason: row.pausedReason ?? undefined,
      createdAt,
      rebuild,
      position: isStarted ? least(after) : undefined,
      lagEvents: lag?.events,
      lagSeconds: lag?.seconds,
      members: namesOf(name, facts.members),
      partitions,
    };
  }

  private async lag(after: readonly bigint[], head: bigint): Promise<{ events: number; seconds: number }> {
    const slowest = least(after);
    if (slowest >= head) return { events: 0, seconds: 0 };
    const query = { after: after as [bigint, ...bigint[]], limit: LOOK_LIMIT };
    const { count, ageSeconds: seconds, isCut } = await this.storage.backlog(query);
    return { events: isCut ? Number(head - slowest) : count, seconds };
  }
}

function namesOf(subscription: string, members: readonly MemberTerm[]): readonly string[] {
  const alive = members.filter(({ expiredForSeconds }) => expiredForSeconds < 0);
  return alive.filter(({ subscriptions }) => subscriptions.includes(subscription)).map(({ owner }) => owner);
}

function partitionsOf(
  { name, partitions }: NotedRow,
  leases: readonly LeaseTerm[],
  checkpoints: readonly Checkpoint[],
): readonly PartitionOverview[] {
  return Array.from({ length: partitions }, (_, partition) => {
    const lease = leases.find((one) => one.subscription === name && one.partition === partition);
    const checkpoint = checkpoints.find((one) => one.partition === partition);
    return {
      partition,
      owner: lease !== undefined && lease.expiredForSeconds < 0 ? lease.owner : undefined,
      position: checkpoint?.position,
      handled: checkpoint?.handled ?? 0n,
      updatedAt: checkpoint?.updatedAt,
    };
  });
}

function stateOf(
  { pausedReason }: NotedRow,
  partitions: readonly PartitionOverview[],
  rebuild: RebuildProgress | undefined,
): OverviewState {
  if (pausedReason !== null) return 'paused';
  if (rebuild !== undefined && rebuild.phase !== 'finished') return 'rebuilding';
  const owned = partitions.filter(({ owner }) => owner !== undefined).length;
  if (owned === partitions.length) return 'running';
  if (owned > 0) return 'partly_owned';
  return partitions.every(({ position }) => position === undefined) ? 'never_started' : 'unowned';
}

function recordOf({ requestedAt, isDue, startedAt, finishedAt, target, total }: NotedRow): RebuildRecord | undefined {
  if (requestedAt === null) return undefined;
  return {
    requestedAt,
    isDue,
    startedAt: startedAt ?? undefined,
    finishedAt: finishedAt ?? undefined,
    target: target ?? undefined,
    total: total ?? undefined,
  };
}

function least(positions: readonly bigint[]): bigint {
  return positions.reduce((a, b) => (a < b ? a : b));
}
