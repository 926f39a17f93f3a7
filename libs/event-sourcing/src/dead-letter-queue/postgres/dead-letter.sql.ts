import { sqlStatement } from '../../database/index.js';

const COLUMNS =
  'd.id, d.subscription, d.partition, d.event_id, d.position, d.stream_id, d.version, d.type, d.tenant_id, d.reason, ' +
  'd.error_class, d.message, d.stack, d.attempts, d.state, d.note, d.parked_at, d.updated_at';

/**
 * Parks an event; no row where it has an open letter. One that queues takes the state of the letter before it. That row
 * is locked until the commit, against being closed only: then whoever closes it finds the new letter to release.
 */
export const PARK_DEAD_LETTER = sqlStatement(
  'park_dead_letter',
  `with ahead as materialized (
     select state from {schema}.dead_letters
     where subscription = $2 and stream_id = $7 and position < $6 and state in ('parked', 'redriving')
       and $11 = 'queued-behind'
     order by position desc limit 1 for key share)
   insert into {schema}.dead_letters as d
     (id, subscription, partition, partition_slot, event_id, position, stream_id, version, type, tenant_id, reason,
      error_class, message, stack, attempts, state)
   values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15,
      case $11 when 'failed' then 'parked' else coalesce((select state from ahead), 'redriving') end)
   on conflict (subscription, event_id) do update set
     partition = excluded.partition, reason = excluded.reason, state = excluded.state,
     error_class = excluded.error_class, message = excluded.message, stack = excluded.stack,
     attempts = d.attempts || excluded.attempts, parked_at = clock_timestamp(), updated_at = clock_timestamp()
   where d.state in ('resolved', 'discarded')
   returning ${COLUMNS}`,
);

/** The letter of event $2 for subscription $1. */
export const DEAD_LETTER_OF_EVENT = sqlStatement(
  'dead_letter_of_event',
  `select ${COLUMNS} from {schema}.dead_letters d where d.subscription = $1 and d.event_id = $2`,
);

/** Those of the streams $2 that have open letters for subscription $1, and null where any stream has one. */
export const BLOCKED_STREAMS = sqlStatement(
  'blocked_streams',
  `select s.stream_id from unnest($2::text[]) as s (stream_id)
   where exists (select 1 from {schema}.dead_letters d where d.subscription = $1 and d.stream_id = s.stream_id
     and d.state in ('parked', 'redriving'))
   union all
   select null where exists (select 1 from {schema}.dead_letters d where d.subscription = $1
     and d.state in ('parked', 'redriving'))`,
);

/** Records a failed redrive of letter $1, which becomes $2; where that is 'parked', so do those behind it. No row where it is not redriving. */
export const RECORD_ATTEMPT = sqlStatement(
  'record_dead_letter_attempt',
  `with failed as (
     update {schema}.dead_letters set state = $2, reason = 'failed', error_class = $3, message = $4, stack = $5,
       attempts = attempts || $6::jsonb, updated_at = clock_timestamp()
     where id = $1 and state = 'redriving'
     returning subscription, stream_id, position),
   behind as (
     update {schema}.dead_letters d set state = 'parked', updated_at = clock_timestamp()
     from failed f
     where d.subscription = f.subscription and d.stream_id = f.stream_id and d.position > f.position
       and d.state = 'redriving' and $2 = 'parked')
   select 1 from failed`,
);

/**
 * Makes the open letters that the filters let through redriving, and the earlier ones of their streams. Rows are locked in
 * the order of positions, so that two requests at once do not wait for each other.
 */
export const REQUEST_REDRIVE = sqlStatement(
  'request_redrive',
  `with wanted as (
     select subscription, stream_id, max(position) as position from {schema}.dead_letters
     where state in ('parked', 'redriving')
       and ($1::uuid is null or id = $1) and ($2::text is null or subscription = $2)
       and ($3::text is null or stream_id = $3) and ($4::text is null or type = $4)
       and ($5::text is null or error_class = $5) and ($6::text is null or tenant_id = $6)
     group by subscription, stream_id),
   taken as materialized (
     select d.id from {schema}.dead_letters d
     join wanted w on w.subscription = d.subscription and w.stream_id = d.stream_id and d.position <= w.position
     where d.state = 'parked'
     order by d.position, d.subscription for no key update of d)
   update {schema}.dead_letters d set state = 'redriving', updated_at = clock_timestamp()
   from taken where d.id = taken.id and d.state = 'parked'
   returning d.id`,
);

/** The first $4 redriving letters of subscription $1 in partition $2 of $3; none that has a parked letter before it. */
export const NEXT_REDRIVING = sqlStatement(
  'next_redriving',
  `select ${COLUMNS} from {schema}.dead_letters d
   where d.subscription = $1 and d.state = 'redriving' and d.partition_slot % $3::smallint = $2::smallint
     and not exists (select 1 from {schema}.dead_letters a where a.subscription = d.subscription
       and a.stream_id = d.stream_id and a.position < d.position and a.state = 'parked')
   order by d.position limit $4`,
);

/** Closes letter $1 as $2 with note $3; no row where it is not open. Waits for whoever is parking an event behind it. */
export const CLOSE_DEAD_LETTER = sqlStatement(
  'close_dead_letter',
  `with locked as materialized (
     select id from {schema}.dead_letters where id = $1 and state in ('parked', 'redriving') for update)
   update {schema}.dead_letters d set state = $2, note = coalesce($3, d.note), updated_at = clock_timestamp()
   from locked where d.id = locked.id and d.state in ('parked', 'redriving')
   returning ${COLUMNS}`,
);

/**
 * Makes what only queues in stream $2 of subscription $1 redriving, up to the next letter that has failed and is parked.
 * A statement of its own after the closing one, so that it sees what that one has waited for.
 */
export const RELEASE_QUEUED = sqlStatement(
  'release_queued_dead_letters',
  `update {schema}.dead_letters d set state = 'redriving', updated_at = clock_timestamp()
   where d.subscription = $1 and d.stream_id = $2 and d.state = 'parked' and d.reason = 'queued-behind'
     and d.position < coalesce(
       (select min(f.position) from {schema}.dead_letters f
        where f.subscription = $1 and f.stream_id = $2 and f.state = 'parked' and f.reason = 'failed'),
       9223372036854775807)
   returning d.id`,
);

/**
 * Discards the open letters of subscription $1 with note $2. Rows are locked in the order of positions, as a redrive that
 * is asked for does.
 */
export const DISCARD_ALL = sqlStatement(
  'discard_all_dead_letters',
  `with open as materialized (
     select id from {schema}.dead_letters where subscription = $1 and state in ('parked', 'redriving')
     order by position for update)
   update {schema}.dead_letters d set state = 'discarded', note = coalesce($2, d.note), updated_at = clock_timestamp()
   from open where d.id = open.id and d.state in ('parked', 'redriving')
   returning d.id`,
);

/** Letters older than $7, at most $8, newest first; the filters before where they are not null. */
export const LIST_DEAD_LETTERS = sqlStatement(
  'list_dead_letters',
  `select ${COLUMNS} from {schema}.dead_letters d
   where ($1::text is null or d.subscription = $1) and ($2::text is null or d.state = $2)
     and ($3::text is null or d.stream_id = $3) and ($4::text is null or d.type = $4)
     and ($5::text is null or d.error_class = $5) and ($6::text is null or d.tenant_id = $6)
     and ($7::uuid is null or d.id < $7)
   order by d.id desc limit $8`,
);

/** Letter $1. */
export const GET_DEAD_LETTER = sqlStatement(
  'get_dead_letter',
  `select ${COLUMNS} from {schema}.dead_letters d where d.id = $1`,
);

/** How many letters each subscription has in each state. Two parts, each by the index that holds just these letters. */
export const COUNT_DEAD_LETTERS = sqlStatement(
  'count_dead_letters',
  `select subscription, state, count(*)::integer as count, min(parked_at) as oldest_at
   from {schema}.dead_letters where state in ('parked', 'redriving') group by subscription, state
   union all
   select subscription, state, count(*)::integer, null
   from {schema}.dead_letters where state in ('resolved', 'discarded') group by subscription, state
   order by subscription`,
);

/** Deletes at most $2 letters that were closed before $1, the oldest first. */
export const PURGE_DEAD_LETTERS = sqlStatement(
  'purge_dead_letters',
  `with old as materialized (
     select id from {schema}.dead_letters where state in ('resolved', 'discarded') and updated_at < $1
     order by updated_at limit $2 for update skip locked)
   delete from {schema}.dead_letters d using old where d.id = old.id
   returning d.id`,
);
