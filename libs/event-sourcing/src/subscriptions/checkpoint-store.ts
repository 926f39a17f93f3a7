import type { EntityManager } from 'typeorm';
import type { Lease, PartitionKey } from '../database/index.js';

/** How far a partition of a subscription has come. */
export interface Checkpoint extends PartitionKey {
  /** Everything up to here is handled. */
  readonly position: bigint;
  readonly epoch: bigint;
  /** Events that its handlers have handled since it began, or was reset; over all owners. */
  readonly handled: bigint;
  readonly updatedAt: Date;
}

/** What the work that a checkpoint waited for has to say. */
export interface Advanced {
  /** Position that was reached, where that is further than was said. */
  readonly position?: bigint;
  /** Events that were handled. @default 0 */
  readonly handled?: number;
}

/** Where checkpoints are put back to. */
export interface ResetTo {
  readonly partitions: number;
  readonly position: bigint;
}

/** Work in the transaction that moves a checkpoint, whose `EntityManager` it gets; `undefined` in memory. */
export type CheckpointedWork = (manager: EntityManager | undefined) => Promise<Advanced | void>;

/** The port to what keeps checkpoints, beside the read model. Behaviour: `checkpointStoreContract` of the testing entry. */
export abstract class CheckpointStore {
  /** Whether a failed `work` of {@link advance} is rolled back. Where it is not, events are handled before it. */
  abstract readonly transactional: boolean;

  /**
   * Takes a checkpoint over for the holder of a lease, and gives its position; a new one starts at `start`. From then on no
   * holder of an older epoch can advance it. Throws `FencedError` where a newer epoch has it already, the subscription has
   * been noted with a version above `version`, or it is fenced for a rebuild.
   */
  abstract claim(lease: Lease, start?: bigint, version?: number): Promise<bigint>;

  /**
   * Does `work` and moves the checkpoint to `position`, or as far as the work says, both or neither: in one transaction. Throws `FencedError`, with all of it rolled back, where the lease has been lost
   * or the checkpoint is at or beyond `position`.
   */
  abstract advance(lease: Lease, position: bigint, work: CheckpointedWork): Promise<void>;

  /**
   * Does `work` as {@link advance} does, without moving the checkpoint: for what is behind it already. Throws
   * `FencedError`, with all of it rolled back, where the lease has been lost.
   */
  abstract fenced(lease: Lease, work: (manager: EntityManager | undefined) => Promise<void>): Promise<void>;

  /**
   * Fences out whoever owns a partition of a subscription for which a rebuild has been asked: what is under way cannot commit
   * any more, and nobody can claim a partition until {@link reset} or {@link unfence}.
   */
  abstract fence(subscription: string, partitions: number): Promise<void>;

  /** Lets partitions be claimed again, where the rebuild has been withdrawn. */
  abstract unfence(subscription: string): Promise<void>;

  /**
   * Does `work` and puts the checkpoints of all partitions of a subscription back to `position`, those that it had under
   * another number of partitions away; both or neither. To be fenced before, so that no batch lies across the work.
   */
  abstract reset(
    subscription: string,
    to: ResetTo,
    work: (manager: EntityManager | undefined) => Promise<void>,
  ): Promise<void>;

  /** The checkpoints of one subscription, or of all. */
  abstract list(subscription?: string): Promise<readonly Checkpoint[]>;
}
