/** Names one partition of one subscription. */
export interface PartitionKey {
  readonly subscription: string;
  /** From 0. */
  readonly partition: number;
}

/** The right to work on a partition, until it expires or another owner's raises the epoch. */
export interface Lease extends PartitionKey {
  /** Grows with every change of owner; fences out whoever held an older one. */
  readonly epoch: bigint;
  readonly owner: string;
}

/** A lease as it stands, for those who look. */
export interface LeaseStatus extends PartitionKey {
  readonly epoch: bigint;
  /** `undefined` where it is free or expired. */
  readonly owner: string | undefined;
}

/** The port to who owns which partition. Behaviour: `leaseStoreContract` of the testing entry. */
export abstract class LeaseStore {
  /** Takes the lease where it is free, expired or this owner's already; raises its epoch. `undefined` where another has it. */
  abstract acquire(key: PartitionKey, owner: string, ttlMs: number): Promise<Lease | undefined>;

  /** Prolongs leases from now on, all in one step; gives those that were not lost to another owner. */
  abstract renew(leases: readonly Lease[], ttlMs: number): Promise<readonly Lease[]>;

  /** Gives a lease back, so that another may take it at once; `false` where it was lost before. */
  abstract release(lease: Lease): Promise<boolean>;

  /** Takes the leases of all partitions of a subscription away from whoever has them. */
  abstract revoke(subscription: string): Promise<void>;

  /** All leases ever taken. */
  abstract list(): Promise<readonly LeaseStatus[]>;
}
