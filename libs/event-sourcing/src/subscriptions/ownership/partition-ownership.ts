import type { Instrumentation } from '../../core/index.js';
import type { Lease, LeaseStore } from '../../database/index.js';
import type { LeaseHeartbeat } from './lease-heartbeat.js';
import { PARTITION_OWNERSHIP, type PartitionOwnership as OwnershipChange } from '../subscriptions.signals.js';
import { startingPosition, type StartingPositionParts } from './starting-position.js';

/** What an owner holds: the lease, and where the partition stood when it was taken over. */
export interface OwnedPartition {
  readonly lease: Lease;
  readonly position: bigint;
}

/** What a {@link PartitionOwnership} works with. */
export interface PartitionOwnershipParts extends StartingPositionParts {
  /** Names this process among all that share the database. */
  readonly owner: string;
  readonly ttlMs: number;
  readonly leases: LeaseStore;
  readonly heartbeat: LeaseHeartbeat;
  readonly instrumentation: Instrumentation;
}

/** Takes the lease of one partition, and has it kept until it is given back. */
export class PartitionOwnership {
  private lease: Lease | undefined;

  constructor(private readonly parts: PartitionOwnershipParts) {}

  /** The lease that is held now. */
  get held(): Lease | undefined {
    return this.lease;
  }

  /**
   * Takes the partition, if it is free; `undefined` where another owner has it. Throws `StartPositionError` where it cannot
   * begin, and `FencedError` where a newer version of the subscription has taken over.
   */
  async take(): Promise<OwnedPartition | undefined> {
    const { definition, partition, owner, ttlMs, leases, heartbeat, checkpoints } = this.parts;
    const start = await startingPosition(this.parts);
    const lease = await leases.acquire({ subscription: definition.name, partition }, owner, ttlMs);
    if (lease === undefined) return undefined;
    // From now on: the claim waits for the pool, which may be taken for longer than the lease lasts.
    heartbeat.keep(lease, () => this.lost(lease));
    let position: bigint;
    try {
      position = await checkpoints.claim(lease, start, definition.version);
    } catch (error) {
      heartbeat.drop(lease);
      // Whoever may claim it is not to wait for this lease to expire.
      await leases.release(lease);
      throw error;
    }
    if (!heartbeat.keeps(lease)) return undefined;
    this.lease = lease;
    this.report(lease, 'acquired');
    return { lease, position };
  }

  /** Forgets a lease that turned out to be lost. */
  lose(): void {
    const { lease } = this;
    if (lease === undefined) return;
    this.lease = undefined;
    this.parts.heartbeat.drop(lease);
    this.report(lease, 'lost');
  }

  /** Gives the lease back; whether there was one that had not been lost. */
  async release(): Promise<boolean> {
    const { lease } = this;
    if (lease === undefined) return false;
    this.lease = undefined;
    this.parts.heartbeat.drop(lease);
    const isFreed = await this.parts.leases.release(lease);
    this.report(lease, 'released');
    return isFreed;
  }

  private lost(lease: Lease): void {
    if (this.lease === lease) this.lose();
  }

  private report({ subscription, partition, epoch }: Lease, change: OwnershipChange['change']): void {
    this.parts.instrumentation.emit(PARTITION_OWNERSHIP, { subscription, partition, epoch, change });
  }
}
