import type { PostgresDatabase } from '../postgres-database.js';
import { ACQUIRE_LEASE, LIST_LEASES, RELEASE_LEASE, RENEW_LEASES, REVOKE_LEASES } from './lease.sql.js';
import { type Lease, type LeaseStatus, LeaseStore, type PartitionKey } from './lease-store.js';

/** What a lease is known by. */
const FIELDS = ['subscription', 'partition', 'owner', 'epoch'] as const;

/**
 * Leases as rows; time is the database's, so that the clocks of the processes do not matter. On the control connection:
 * handlers and requests that hold the whole pool must not cost a process its leases.
 */
export class PostgresLeaseStore extends LeaseStore {
  constructor(private readonly database: PostgresDatabase) {
    super();
  }

  async acquire({ subscription, partition }: PartitionKey, owner: string, ttlMs: number): Promise<Lease | undefined> {
    const values = [subscription, partition, owner, ttlMs];
    const [row] = await this.database.control.query<{ epoch: bigint }>(ACQUIRE_LEASE, values);
    return row && { subscription, partition, epoch: row.epoch, owner };
  }

  async renew(leases: readonly Lease[], ttlMs: number): Promise<readonly Lease[]> {
    if (leases.length === 0) return [];
    const columns = FIELDS.map((name) => leases.map((lease) => lease[name]));
    const kept = await this.database.control.query<Lease>(RENEW_LEASES, [...columns, ttlMs]);
    return leases.filter((lease) => kept.some((row) => FIELDS.every((name) => row[name] === lease[name])));
  }

  async release({ subscription, partition, owner, epoch }: Lease): Promise<boolean> {
    const rows = await this.database.control.query(RELEASE_LEASE, [subscription, partition, owner, epoch]);
    this.database.notifications.tell('coordination');
    return rows.length > 0;
  }

  async revoke(subscription: string): Promise<void> {
    await this.database.query(REVOKE_LEASES, [subscription]);
  }

  async list(): Promise<readonly LeaseStatus[]> {
    const rows = await this.database.control.query<PartitionKey & { epoch: bigint; owner: string | null }>(LIST_LEASES);
    return rows.map((row) => ({ ...row, owner: row.owner ?? undefined }));
  }
}
