import type { EntityManager } from 'typeorm';
import type { Lease, PostgresDatabase } from '../../database/index.js';
import { type Checkpoint, type CheckpointedWork, CheckpointStore, type ResetTo } from '../checkpoint-store.js';
import { FencedError } from '../errors.js';
import {
  ADVANCE_CHECKPOINT,
  CLAIM_CHECKPOINT,
  FENCE_CHECKPOINTS,
  FENCE_OTHER_CHECKPOINTS,
  HOLD_CHECKPOINT,
  LIST_CHECKPOINTS,
  REMOVE_CHECKPOINTS,
  RESET_CHECKPOINTS,
} from './checkpoint.sql.js';

/** Checkpoints as rows, moved in the transaction of the handlers. */
export class PostgresCheckpointStore extends CheckpointStore {
  readonly transactional = true;

  /**
   * @param idleTimeoutMs how long the locks of a batch may outlive a process that is frozen or cut off in it, in
   * milliseconds; the server then rolls the batch back.
   */
  constructor(
    private readonly database: PostgresDatabase,
    private readonly idleTimeoutMs = 10_000,
  ) {
    super();
  }

  async claim({ subscription, partition, epoch }: Lease, start = 0n, version?: number): Promise<bigint> {
    const values = [subscription, partition, epoch, start, version ?? null];
    const [row] = await this.database.query<{ position: bigint }>(CLAIM_CHECKPOINT, values);
    if (row === undefined) throw new FencedError(subscription, partition, epoch);
    return row.position;
  }

  async advance({ subscription, partition, epoch }: Lease, position: bigint, work: CheckpointedWork): Promise<void> {
    await this.transaction(async (manager) => {
      const { position: reached = position, handled = 0 } = (await work(manager)) ?? {};
      // Last, so that the row is locked for the commit only: an owner that froze in its handlers blocks no successor.
      const values = [subscription, partition, epoch, reached, handled];
      const rows = await this.database.query(ADVANCE_CHECKPOINT, values, manager);
      if (rows.length === 0) throw new FencedError(subscription, partition, epoch);
    });
  }

  async fenced(
    { subscription, partition, epoch }: Lease,
    work: (manager: EntityManager | undefined) => Promise<void>,
  ): Promise<void> {
    await this.transaction(async (manager) => {
      await work(manager);
      const rows = await this.database.query(HOLD_CHECKPOINT, [subscription, partition, epoch], manager);
      if (rows.length === 0) throw new FencedError(subscription, partition, epoch);
    });
  }

  async fence(subscription: string, partitions: number): Promise<void> {
    await this.database.transaction(async (manager) => {
      await this.database.query(FENCE_CHECKPOINTS, [subscription, partitions], manager);
      await this.database.query(FENCE_OTHER_CHECKPOINTS, [subscription, partitions], manager);
    });
  }

  async unfence(): Promise<void> {
    // It is the request for the rebuild that keeps partitions from being claimed.
  }

  async reset(
    subscription: string,
    { partitions, position }: ResetTo,
    work: (manager: EntityManager | undefined) => Promise<void>,
  ): Promise<void> {
    // Emptying a read model may take as long as it likes.
    const toTheEnd = { unlimited: true };
    await this.database.transaction(async (manager) => {
      await work(manager);
      await this.database.query(REMOVE_CHECKPOINTS, [subscription, partitions], manager);
      await this.database.query(RESET_CHECKPOINTS, [subscription, partitions, position], manager);
    }, toTheEnd);
  }

  async list(subscription?: string): Promise<readonly Checkpoint[]> {
    return this.database.query<Checkpoint>(LIST_CHECKPOINTS, [subscription ?? null]);
  }

  private async transaction(work: (manager: EntityManager) => Promise<void>): Promise<void> {
    await this.database.transaction(work, { idleTimeoutMs: this.idleTimeoutMs });
  }
}
