import { type Lease, type LeaseStatus, LeaseStore, type PartitionKey } from './lease-store.js';

interface Entry extends PartitionKey {
  epoch: bigint;
  owner: string | undefined;
  expiresAt: number;
}

/** Leases of one process, for apps without a database. */
export class InMemoryLeaseStore extends LeaseStore {
  private readonly entries = new Map<string, Entry>();

  /** @param now milliseconds since the epoch. */
  constructor(private readonly now: () => number = Date.now) {
    super();
  }

  async acquire(key: PartitionKey, owner: string, ttlMs: number): Promise<Lease | undefined> {
    const { subscription, partition } = key;
    const entry = this.entries.get(idOf(key)) ?? { subscription, partition, epoch: 0n, owner: undefined, expiresAt: 0 };
    if (entry.owner !== undefined && entry.owner !== owner && entry.expiresAt > this.now()) return undefined;
    entry.epoch += 1n;
    entry.owner = owner;
    entry.expiresAt = this.now() + ttlMs;
    this.entries.set(idOf(key), entry);
    return { subscription, partition, epoch: entry.epoch, owner };
  }

  async renew(leases: readonly Lease[], ttlMs: number): Promise<readonly Lease[]> {
    return leases.filter((lease) => {
      const entry = this.held(lease);
      if (entry !== undefined) entry.expiresAt = this.now() + ttlMs;
      return entry !== undefined;
    });
  }

  async release(lease: Lease): Promise<boolean> {
    const entry = this.held(lease);
    if (entry !== undefined) entry.owner = undefined;
    return entry !== undefined;
  }

  async revoke(subscription: string): Promise<void> {
    for (const entry of this.entries.values()) {
      if (entry.subscription !== subscription) continue;
      entry.epoch += 1n;
      entry.owner = undefined;
    }
  }

  async list(): Promise<readonly LeaseStatus[]> {
    return [...this.entries.values()].map(({ subscription, partition, epoch, owner, expiresAt }) => {
      return { subscription, partition, epoch, owner: expiresAt > this.now() ? owner : undefined };
    });
  }

  private held(lease: Lease): Entry | undefined {
    const entry = this.entries.get(idOf(lease));
    return entry?.owner === lease.owner && entry.epoch === lease.epoch ? entry : undefined;
  }
}

function idOf({ subscription, partition }: PartitionKey): string {
  return `${partition}/${subscription}`;
}
