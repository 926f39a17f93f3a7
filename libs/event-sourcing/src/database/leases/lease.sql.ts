import { sqlStatement } from '../sql-statement.js';

/** Takes the lease of subscription $1, partition $2 for owner $3 and $4 milliseconds; no row where another has it. */
export const ACQUIRE_LEASE = sqlStatement(
  'acquire_lease',
  `insert into {schema}.leases as l (subscription, partition, epoch, owner, expires_at)
   values ($1, $2, 1, $3, clock_timestamp() + $4::float8 * interval '1 millisecond')
   on conflict (subscription, partition)
   do update set epoch = l.epoch + 1, owner = excluded.owner, expires_at = excluded.expires_at
   where l.owner is null or l.owner = excluded.owner or l.expires_at <= clock_timestamp()
   returning epoch`,
);

/**
 * Prolongs the leases of subscriptions $1, partitions $2, owners $3 and epochs $4, one array each, for $5 milliseconds; gives those
 * that were not lost. Locked in one order, so that it never waits crosswise with another statement.
 */
export const RENEW_LEASES = sqlStatement(
  'renew_leases',
  `with held as (
     select l.subscription, l.partition
     from unnest($1::text[], $2::int[], $3::text[], $4::bigint[]) as mine (subscription, partition, owner, epoch)
     join {schema}.leases l using (subscription, partition, owner, epoch)
     order by l.subscription, l.partition
     for update of l
   )
   update {schema}.leases l set expires_at = clock_timestamp() + $5::float8 * interval '1 millisecond'
   from held where l.subscription = held.subscription and l.partition = held.partition
   returning l.subscription, l.partition, l.owner, l.epoch`,
);

/** Gives the lease of owner $3 at epoch $4 back; no row where it was lost. */
export const RELEASE_LEASE = sqlStatement(
  'release_lease',
  `update {schema}.leases set owner = null, expires_at = null
   where subscription = $1 and partition = $2 and owner = $3 and epoch = $4
   returning epoch`,
);

/** Takes the leases of subscription $1 away from whoever has them. */
export const REVOKE_LEASES = sqlStatement(
  'revoke_leases',
  `with theirs as (
     select subscription, partition from {schema}.leases where subscription = $1 order by subscription, partition for update
   )
   update {schema}.leases l set epoch = l.epoch + 1, owner = null, expires_at = null
   from theirs where l.subscription = theirs.subscription and l.partition = theirs.partition`,
);

/** All leases; expired ones have no owner. */
export const LIST_LEASES = sqlStatement(
  'list_leases',
  `select subscription, partition, epoch, case when expires_at > clock_timestamp() then owner end as owner
   from {schema}.leases order by subscription, partition`,
);
