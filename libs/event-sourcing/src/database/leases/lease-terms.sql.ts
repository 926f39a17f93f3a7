import { sqlStatement } from '../sql-statement.js';

/** Leases that somebody has or had and never gave back; seconds since they expired, negative while they hold. */
export const LIST_LEASE_TERMS = sqlStatement(
  'list_lease_terms',
  `select subscription, partition, epoch, owner,
     extract(epoch from clock_timestamp() - expires_at)::float8 as "expiredForSeconds"
   from {schema}.leases where owner is not null order by subscription, partition`,
);
