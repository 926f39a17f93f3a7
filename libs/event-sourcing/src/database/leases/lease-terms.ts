import type { PostgresDatabase } from '../postgres-database.js';
import { LIST_LEASE_TERMS } from './lease-terms.sql.js';
import type { Lease } from './lease-store.js';

/** A lease that was not given back. */
export interface LeaseTerm extends Lease {
  /** How long ago it expired, in seconds; negative while it holds. */
  readonly expiredForSeconds: number;
}

/** The leases that have an owner, those that have expired included: for those who look, not for those who take. */
export async function leaseTerms(database: PostgresDatabase): Promise<readonly LeaseTerm[]> {
  return database.query<LeaseTerm>(LIST_LEASE_TERMS);
}
