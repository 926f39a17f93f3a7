import { sqlStatement } from '../../database/index.js';
import { EVENT_COLUMNS } from './event-rows.js';

/** Appends one event to one stream; parameters as of the function in migration 0001, one row. */
export const APPEND_EVENT = sqlStatement(
  'append_event',
  'select * from {schema}.append_event($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)',
);

/** Appends a batch; parameters as of the function in migration 0001, a row per append. */
export const APPEND_EVENTS = sqlStatement(
  'append_events',
  'select * from {schema}.append_events($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)',
);

/** Head and horizon of the feed. */
export const FEED_HORIZON = sqlStatement(
  'feed_horizon',
  'select head, horizon, holder_pid from {schema}.feed_horizon()',
);

/**
 * The same, and the age of what is held: of the first event behind the horizon that is there, or of the holder's transaction.
 * Of a holder under another role only who may read all statistics sees that; others go by the event.
 */
export const HELD_HORIZON = sqlStatement(
  'held_horizon',
  `select h.head, h.horizon, h.holder_pid, case when h.horizon >= h.head then 0 else coalesce(greatest(
     (select extract(epoch from clock_timestamp() - a.xact_start) from pg_stat_activity a where a.pid = h.holder_pid),
     (select extract(epoch from clock_timestamp() - e.recorded_at) from {schema}.events e
      where e.position > h.horizon order by e.position limit 1), 0), 0) end::float8 as age_seconds
   from {schema}.feed_horizon() h`,
);

/**
 * What waits behind the positions $2, by partition, of at most $7 events after the least of them, $1; of the types $3 or the
 * patterns $4, the categories $5 and the tenant $6 where they are not null. A look at no more events than that, whatever waits.
 */
export const FEED_BACKLOG = sqlStatement(
  'feed_backlog',
  `with looked as materialized (
     select recorded_at, position > ($2::bigint[])[partition_slot % cardinality($2::bigint[]) + 1]
         and ($3::text[] is null or type = any ($3) or type like any ($4))
         and ($5::text[] is null or category = any ($5))
         and ($6::text is null or tenant_id = $6) as waits
     from (select * from {schema}.events where position > $1 order by position limit $7) e)
   select count(*) filter (where waits)::integer as count, count(*) >= $7 as is_cut,
     greatest(0, coalesce(extract(epoch from clock_timestamp() - coalesce(
       min(recorded_at) filter (where waits), case when count(*) >= $7 then min(recorded_at) end)), 0))::float8 as age_seconds
   from looked`,
);

const FEED_CONDITIONS = `position > $1 and position <= $2
     and ($3::text[] is null or type = any ($3) or type like any ($4))
     and ($5::text[] is null or category = any ($5))
     and ($6::text is null or tenant_id = $6)
     and ($7::smallint is null or partition_slot % $7 = $8::smallint)`;

/** A page of the feed: after $1, up to the horizon $2, at most $9, the filters in between where they are not null. */
export const READ_FEED = sqlStatement(
  'read_feed',
  `select ${EVENT_COLUMNS} from {schema}.events
   where ${FEED_CONDITIONS}
   order by position limit $9`,
);

/** How many events there are after $1 and up to $2, the filters as of read_feed; counts no further than to $9. */
export const COUNT_FEED = sqlStatement(
  'count_feed',
  `select count(*) as count from (
     select from {schema}.events where ${FEED_CONDITIONS} limit $9
   ) counted`,
);

/** A page of a stream, oldest first: versions $2 to $3, at most $4, of tenant $5 where it is not null. */
export const READ_STREAM_FORWARDS = sqlStatement(
  'read_stream_forwards',
  `select ${EVENT_COLUMNS} from {schema}.events
   where stream_id = $1 and version between $2 and $3 and ($5::text is null or tenant_id = $5)
   order by version limit $4`,
);

/** The same, newest first. */
export const READ_STREAM_BACKWARDS = sqlStatement(
  'read_stream_backwards',
  `select ${EVENT_COLUMNS} from {schema}.events
   where stream_id = $1 and version between $2 and $3 and ($5::text is null or tenant_id = $5)
   order by version desc limit $4`,
);

/** Version of stream $1, of tenant $2 where it is not null. */
export const STREAM_VERSION = sqlStatement(
  'stream_version',
  'select version from {schema}.streams where stream_id = $1 and ($2::text is null or tenant_id = $2)',
);
