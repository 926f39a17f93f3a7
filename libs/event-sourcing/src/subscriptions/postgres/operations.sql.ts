import { sqlStatement } from '../../database/index.js';

/** All subscriptions that were ever noted; of one that is being rebuilt, since when. */
export const LIST_NOTED = sqlStatement(
  'list_noted_subscriptions',
  `select name, kind, version, partitions, paused_reason as "pausedReason", created_at as "createdAt",
     rebuild_requested_at as "requestedAt", rebuild_due as "isDue", rebuild_started_at as "startedAt",
     rebuild_finished_at as "finishedAt", rebuild_target as target, rebuild_total as total, clock_timestamp() as now
   from {schema}.subscriptions order by name`,
);

/** All members that are on record; seconds since they expired, negative while they are alive. */
export const LIST_MEMBER_TERMS = sqlStatement(
  'list_member_terms',
  `select owner, to_json(subscriptions)::text as subscriptions,
     extract(epoch from clock_timestamp() - expires_at)::float8 as "expiredForSeconds"
   from {schema}.members order by owner`,
);

/** Holds subscription $1 until the end of the transaction, so that nobody pauses, resumes or rebuilds it meanwhile. */
export const HOLD_SUBSCRIPTION = sqlStatement(
  'hold_subscription',
  `select s.kind, s.partitions, s.paused_reason as "pausedReason",
     s.rebuild_requested_at is not null and s.rebuild_finished_at is null as "isRebuilding",
     array_to_json(array(select distinct l.owner from {schema}.leases l
       where l.subscription = s.name and l.expires_at > clock_timestamp() order by 1))::text as owners
   from {schema}.subscriptions s where s.name = $1 for update of s`,
);

/** Holds the checkpoints of subscription $1 until the end of the transaction: a batch that is under way waits, and is then fenced out. */
export const HOLD_CHECKPOINTS = sqlStatement(
  'hold_checkpoints',
  'select partition, position from {schema}.checkpoints where subscription = $1 order by partition for update',
);
