import type { EntityManager } from 'typeorm';
import { InvalidArgumentError } from '../../core/index.js';
import type { LeaseStore, PostgresDatabase } from '../../database/index.js';
import type { EventStorage } from '../../event-store/index.js';
import type { Checkpoint, CheckpointStore } from '../checkpoint-store.js';
import { ResetRefusedError } from '../errors.js';
import { HOLD_CHECKPOINTS, HOLD_SUBSCRIPTION } from '../postgres/operations.sql.js';

/** Where checkpoints are to be put, and what whoever asks is ready for. */
export interface CheckpointResetOptions {
  /** `end` is the horizon of the feed. */
  readonly to: 'beginning' | 'end' | bigint;
  /** Events that were handled are handled again: a projection applies them to a read model that holds them, a subscriber has its side effects again. */
  readonly acceptRepeats: boolean;
  /** Events that were not handled never are. */
  readonly acceptGaps: boolean;
}

/** What a reset did. */
export interface CheckpointResetResult {
  readonly position: bigint;
  readonly partitions: number;
  /** Checkpoints that there were before. */
  readonly before: readonly CheckpointBefore[];
}

/** Where a partition stood. */
export type CheckpointBefore = Pick<Checkpoint, 'partition' | 'position'>;

interface HeldRow {
  readonly kind: string;
  readonly partitions: number;
  readonly pausedReason: string | null;
  readonly isRebuilding: boolean;
  /** JSON text. */
  readonly owners: string;
}

interface Move {
  readonly subscription: string;
  readonly kind: string;
}

/** What a {@link CheckpointReset} works with. */
export interface CheckpointResetParts {
  readonly database: PostgresDatabase;
  readonly storage: EventStorage;
  readonly leases: LeaseStore;
  readonly checkpoints: CheckpointStore;
}

/**
 * Puts the checkpoints of a subscription that stands still to another position, and leaves its read model alone. The epochs are
 * raised in the same transaction, so that a batch that was still under way aborts.
 */
export class CheckpointReset {
  constructor(private readonly parts: CheckpointResetParts) {}

  /** What {@link run} would do now; throws what it would throw. */
  async plan(subscription: string, options: CheckpointResetOptions): Promise<CheckpointResetResult> {
    const position = await this.positionOf(options.to);
    return this.parts.database.transaction((manager) => this.held(subscription, position, options, manager));
  }

  /**
   * Throws `ResetRefusedError` where the subscription runs, is being rebuilt, or would repeat or skip events unaccepted, and
   * `InvalidArgumentError` for a position beyond the horizon or a subscription that was never noted. Then nothing was changed.
   */
  async run(subscription: string, options: CheckpointResetOptions): Promise<CheckpointResetResult> {
    const { leases, checkpoints } = this.parts;
    const { position, partitions } = await this.plan(subscription, options);
    // In step with the epochs of the checkpoints, so that the next owner's is not below them.
    await leases.revoke(subscription);
    let before: readonly CheckpointBefore[] = [];
    await checkpoints.reset(subscription, { partitions, position }, async (manager) => {
      // Once more, for much may have happened since; from here on nobody moves a checkpoint, resumes it or asks for a rebuild.
      ({ before } = await this.held(subscription, position, options, manager));
    });
    return { position, partitions, before };
  }

  private async positionOf(to: CheckpointResetOptions['to']): Promise<bigint> {
    if (to === 'beginning') return 0n;
    const { horizon } = await this.parts.storage.horizon();
    if (to === 'end') return horizon;
    if (to >= 0n && to <= horizon) return to;
    throw new InvalidArgumentError(
      'to',
      `Position ${to} is not within the feed, which is settled up to ${horizon}: give 'beginning', 'end' or a position in between.`,
    );
  }

  /** Holds the subscription and its checkpoints until the end of the transaction. */
  private async held(
    subscription: string,
    position: bigint,
    options: CheckpointResetOptions,
    manager: EntityManager | undefined,
  ): Promise<CheckpointResetResult> {
    const { database } = this.parts;
    const [row] = await database.query<HeldRow>(HOLD_SUBSCRIPTION, [subscription], manager);
    if (row === undefined) {
      throw new InvalidArgumentError('subscription', `There is no subscription '${subscription}' on record.`);
    }
    const owners = JSON.parse(row.owners) as string[];
    if (row.isRebuilding) throw new ResetRefusedError(subscription, 'rebuilding', 'its rebuild has to finish first');
    if (row.pausedReason === null && owners.length > 0) {
      throw new ResetRefusedError(subscription, 'running', `it is run by ${owners.join(', ')} and not paused`);
    }
    const checkpoints = await database.query<CheckpointBefore>(HOLD_CHECKPOINTS, [subscription], manager);
    const before = checkpoints.filter(({ partition }) => partition < row.partitions);
    refuseUnaccepted({ subscription, kind: row.kind, before, position }, options);
    return { position, partitions: row.partitions, before };
  }
}

function refuseUnaccepted(
  { subscription, kind, before, position: to }: Omit<CheckpointResetResult, 'partitions'> & Move,
  { acceptRepeats, acceptGaps }: CheckpointResetOptions,
): void {
  const isProjection = kind === 'projection';
  if (!acceptRepeats && before.some(({ position }) => position > to)) {
    const what = isProjection
      ? 'its handlers would apply events again to a read model that holds them already, which a reset does not empty'
      : 'its side effects would happen again';
    throw new ResetRefusedError(subscription, 'repeats', what);
  }
  if (!acceptGaps && before.some(({ position }) => position < to)) {
    const what = isProjection
      ? 'its read model would lack the events in between for ever'
      : 'the events in between would never be handled';
    throw new ResetRefusedError(subscription, 'gaps', what);
  }
}
