import { sqlStatement } from '../../database/index.js';

/**
 * Notes subscription $1 of kind $2, version $3 and $4 partitions, which can be rebuilt where $5; gives what it is noted with. A
 * higher version of one that can be rebuilt takes its partitions along and asks for the rebuild.
 */
export const REGISTER_SUBSCRIPTION = sqlStatement(
  'register_subscription',
  `insert into {schema}.subscriptions as s (name, kind, version, partitions) values ($1, $2, $3, $4)
   on conflict (name) do update set
     kind = excluded.kind,
     version = case when $5 then greatest(s.version, excluded.version) else s.version end,
     partitions = case when $5 and excluded.version > s.version then excluded.partitions else s.partitions end,
     rebuild_requested_at = case when $5 and excluded.version > s.version then clock_timestamp() else s.rebuild_requested_at end,
     rebuild_due = case when $5 and excluded.version > s.version then true else s.rebuild_due end,
     rebuild_started_at = case when $5 and excluded.version > s.version then null else s.rebuild_started_at end,
     rebuild_finished_at = case when $5 and excluded.version > s.version then null else s.rebuild_finished_at end
   returning version, partitions`,
);

/** Pauses subscription $1 for the reason $2; lets it go on where that is null. */
export const PAUSE_SUBSCRIPTION = sqlStatement(
  'pause_subscription',
  'update {schema}.subscriptions set paused_reason = $2 where name = $1',
);

/** What holds for all subscriptions. */
export const LIST_CONTROLS = sqlStatement(
  'list_controls',
  `select name, version, partitions, paused_reason as "pausedReason", rebuild_requested_at as "requestedAt", rebuild_due as "isDue",
     rebuild_started_at as "startedAt", rebuild_finished_at as "finishedAt", rebuild_target as target, rebuild_total as total
   from {schema}.subscriptions`,
);

/** Asks for a rebuild of subscription $1, unless one is asked for or under way. */
export const REQUEST_REBUILD = sqlStatement(
  'request_rebuild',
  `update {schema}.subscriptions
   set rebuild_requested_at = clock_timestamp(), rebuild_due = false, rebuild_started_at = null, rebuild_finished_at = null
   where name = $1 and (rebuild_requested_at is null or rebuild_finished_at is not null)`,
);

/** Begins the rebuild of subscription $1 that was asked for, up to position $2, with $3 events; no row where none was. */
export const BEGIN_REBUILD = sqlStatement(
  'begin_rebuild',
  `update {schema}.subscriptions set rebuild_started_at = clock_timestamp(), rebuild_target = $2, rebuild_total = $3
   where name = $1 and rebuild_requested_at is not null and rebuild_started_at is null
   returning name`,
);

/** Takes back the request for a rebuild of subscription $1 that has not begun, unless it is due. */
export const WITHDRAW_REBUILD = sqlStatement(
  'withdraw_rebuild',
  `update {schema}.subscriptions set rebuild_requested_at = null
   where name = $1 and rebuild_started_at is null and not rebuild_due`,
);

/** Ends the rebuild of subscription $1. */
export const FINISH_REBUILD = sqlStatement(
  'finish_rebuild',
  `update {schema}.subscriptions set rebuild_finished_at = clock_timestamp()
   where name = $1 and rebuild_started_at is not null and rebuild_finished_at is null`,
);

/** Renews member $1, who runs the subscriptions $2, for $3 milliseconds; it is number $4 of $5, or null. */
export const RENEW_MEMBER = sqlStatement(
  'renew_member',
  `insert into {schema}.members (owner, subscriptions, expires_at, assigned_index, assigned_total)
   values ($1, $2, clock_timestamp() + $3::float8 * interval '1 millisecond', $4, $5)
   on conflict (owner) do update set subscriptions = excluded.subscriptions, expires_at = excluded.expires_at,
     assigned_index = excluded.assigned_index, assigned_total = excluded.assigned_total`,
);

/** All members that are alive; what they run as the text of a JSON array. */
export const LIST_MEMBERS = sqlStatement(
  'list_members',
  `select owner, to_json(subscriptions)::text as subscriptions, assigned_index as index, assigned_total as total
   from {schema}.members where expires_at > clock_timestamp()`,
);

/** Removes member $1, and those that have been dead for an hour. */
export const REMOVE_MEMBER = sqlStatement(
  'remove_member',
  `delete from {schema}.members where owner = $1 or expires_at < clock_timestamp() - interval '1 hour'`,
);
