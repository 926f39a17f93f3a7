import { type Instrumentation, Runner } from '../../core/index.js';
import type { Lease, LeaseStore } from '../../database/index.js';
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
  readonly instrumentation: Instrumentation;
}

/** Takes the lease of one partition, and keeps it by a heartbeat on a timer of its own, however busy the handlers are. */
export class PartitionOwnership {
  private lease: Lease | undefined;
  private readonly heartbeat: Runner;

  constructor(private readonly parts: PartitionOwnershipParts) {
    const restMs = Math.ceil(parts.ttlMs / 3);
    this.heartbeat = new Runner({
      name: `heartbeat of ${parts.definition.name}/${parts.partition}`,
      turn: async () => {
        const startedAt = performance.now();
        await this.renew();
        // From turn to turn and not in between: where handlers keep the event loop busy, the answer comes late.
        return Math.max(0, restMs - (performance.now() - startedAt));
      },
      // The database is away. The lease may expire meanwhile, and then the epoch fences this owner out.
      onError: () => restMs,
    });
  }

  /** The lease that is held now. */
  get held(): Lease | undefined {
    return this.lease;
  }

  /**
   * Takes the partition, if it is free; `undefined` where another owner has it. Throws `StartPositionError` where it cannot
   * begin, and `FencedError` where a newer version of the subscription has taken over.
   */
  async take(): Promise<OwnedPartition | undefined> {
    const { definition, partition, owner, ttlMs, leases, checkpoints } = this.parts;
    const start = await startingPosition(this.parts);
    const lease = await leases.acquire({ subscription: definition.name, partition }, owner, ttlMs);
    if (lease === undefined) return undefined;
    let position: bigint;
    try {
      position = await checkpoints.claim(lease, start, definition.version);
    } catch (error) {
      // Whoever may claim it is not to wait for this lease to expire.
      await leases.release(lease);
      throw error;
    }
    this.lease = lease;
    this.heartbeat.start();
    this.report(lease, 'acquired');
    return { lease, position };
  }

  /** Forgets a lease that turned out to be lost. */
  lose(): void {
    if (this.lease !== undefined) this.report(this.lease, 'lost');
    this.lease = undefined;
  }

  /** Stops the heartbeat and gives the lease back; whether there was one that had not been lost. */
  async release(): Promise<boolean> {
    await this.heartbeat.stop();
    const { lease } = this;
    if (lease === undefined) return false;
    this.lease = undefined;
    const isFreed = await this.parts.leases.release(lease);
    this.report(lease, 'released');
    return isFreed;
  }

  private async renew(): Promise<void> {
    const { lease } = this;
    if (lease === undefined) return;
    const kept = await this.parts.leases.renew(lease, this.parts.ttlMs);
    if (!kept && this.lease === lease) this.lose();
  }

  private report({ subscription, partition, epoch }: Lease, change: OwnershipChange['change']): void {
    this.parts.instrumentation.emit(PARTITION_OWNERSHIP, { subscription, partition, epoch, change });
  }
}
