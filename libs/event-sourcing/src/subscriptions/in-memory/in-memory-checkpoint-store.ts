import type { EntityManager } from 'typeorm';
import type { Lease, PartitionKey } from '../../database/index.js';
import { type Checkpoint, type CheckpointedWork, CheckpointStore, type ResetTo } from '../checkpoint-store.js';
import { FencedError } from '../errors.js';

/** Checkpoints of one process. There is no transaction to roll back: a failed `work` only leaves the checkpoint behind. */
export class InMemoryCheckpointStore extends CheckpointStore {
  readonly transactional = false;
  private readonly checkpoints = new Map<string, Checkpoint>();
  private readonly fencedOff = new Set<string>();

  async claim(lease: Lease, start = 0n): Promise<bigint> {
    const { subscription, partition, epoch } = lease;
    const found = this.checkpoints.get(idOf(lease));
    const isFenced = this.fencedOff.has(subscription) || (found !== undefined && found.epoch > epoch);
    if (isFenced) throw new FencedError(subscription, partition, epoch);
    const position = found?.position ?? start;
    const handled = found?.handled ?? 0n;
    this.checkpoints.set(idOf(lease), { subscription, partition, epoch, position, handled, updatedAt: new Date() });
    return position;
  }

  async advance(lease: Lease, position: bigint, work: CheckpointedWork): Promise<void> {
    this.assertCurrent(lease, position);
    const { position: reached = position, handled = 0 } = (await work(undefined)) ?? {};
    const current = this.assertCurrent(lease, reached);
    const sum = current.handled + BigInt(handled);
    this.checkpoints.set(idOf(lease), { ...current, position: reached, handled: sum, updatedAt: new Date() });
  }

  async fenced(lease: Lease, work: (manager: EntityManager | undefined) => Promise<void>): Promise<void> {
    this.assertHeld(lease);
    await work(undefined);
    this.assertHeld(lease);
  }

  async fence(subscription: string): Promise<void> {
    this.fencedOff.add(subscription);
    for (const [id, checkpoint] of this.checkpoints) {
      if (checkpoint.subscription !== subscription) continue;
      this.checkpoints.set(id, { ...checkpoint, epoch: checkpoint.epoch + 1n });
    }
  }

  async unfence(subscription: string): Promise<void> {
    this.fencedOff.delete(subscription);
  }

  async reset(
    subscription: string,
    { partitions, position }: ResetTo,
    work: (manager: EntityManager | undefined) => Promise<void>,
  ): Promise<void> {
    await work(undefined);
    this.fencedOff.delete(subscription);
    for (const [id, checkpoint] of this.checkpoints) {
      if (checkpoint.subscription === subscription && checkpoint.partition >= partitions) this.checkpoints.delete(id);
    }
    for (let partition = 0; partition < partitions; partition++) {
      const id = idOf({ subscription, partition });
      const before = this.checkpoints.get(id);
      const epoch = before === undefined ? 0n : before.epoch + 1n;
      this.checkpoints.set(id, { subscription, partition, epoch, position, handled: 0n, updatedAt: new Date() });
    }
  }

  async list(subscription?: string): Promise<readonly Checkpoint[]> {
    const all = [...this.checkpoints.values()];
    return subscription === undefined ? all : all.filter((checkpoint) => checkpoint.subscription === subscription);
  }

  private assertCurrent(lease: Lease, position: bigint): Checkpoint {
    const current = this.assertHeld(lease);
    if (current.position < position) return current;
    throw new FencedError(lease.subscription, lease.partition, lease.epoch);
  }

  private assertHeld(lease: Lease): Checkpoint {
    const current = this.checkpoints.get(idOf(lease));
    if (current?.epoch === lease.epoch) return current;
    throw new FencedError(lease.subscription, lease.partition, lease.epoch);
  }
}

function idOf({ subscription, partition }: PartitionKey): string {
  return `${partition}/${subscription}`;
}
