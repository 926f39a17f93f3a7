-- The event store: stream heads, events, the append function and the horizon of the feed.
-- Runs with search_path set to the schema of the store; nothing here names the schema.

create sequence event_position as bigint minvalue 1 start 1 no cycle cache 1;
comment on sequence event_position is
  'Global positions. Must not cache: a session that holds back positions would break the horizon.';

-- One row per stream, the authority on its version. Updated in place by every append, hence the free space per page;
-- version is in no index, so these updates stay HOT.
create table streams (
  stream_id      text collate "C" not null,
  category       text collate "C" not null,
  tenant_id      text collate "C",
  partition_slot smallint         not null,
  version        integer          not null,
  created_at     timestamptz      not null default clock_timestamp(),
  constraint streams_pkey primary key (stream_id)
) with (fillfactor = 80);

-- Append only. data and metadata are json, not jsonb: they are written and read whole, and keep their exact text.
-- Rows die by a rollback alone, so it is inserts that call the vacuum. It comes often and freezes at once, in small steps: rows
-- that will never change are not to be written again by one long run years later.
create table events (
  position       bigint           not null,
  stream_id      text collate "C" not null,
  version        integer          not null,
  event_id       uuid             not null,
  type           text collate "C" not null,
  schema_version smallint         not null,
  category       text collate "C" not null,
  tenant_id      text collate "C",
  partition_slot smallint         not null,
  data           json             not null,
  metadata       json             not null,
  occurred_at    timestamptz      not null,
  recorded_at    timestamptz      not null,
  constraint events_pkey primary key (position),                    -- the feed: position > x order by position
  constraint events_stream_version unique (stream_id, version),     -- readStream
  constraint events_event_id unique (event_id)                      -- repeated and duplicate appends
) with (autovacuum_vacuum_insert_scale_factor = 0.02, autovacuum_freeze_min_age = 0);

create function refuse_bare_insert() returns trigger
language plpgsql set search_path from current as $$
begin
  raise exception 'events are written by append_events() only; a bare INSERT could be skipped by readers of the feed'
    using errcode = 'TM002';
end $$;

-- The mark is the table's oid, looked up when the trigger is made: an append pays for a comparison and for no call.
create trigger events_bare_insert before insert on events
  for each statement when (current_setting('tidemark.appending', true) is distinct from 'events'::regclass::oid::text)
  execute function refuse_bare_insert();

create function refuse_event_change() returns trigger
language plpgsql set search_path from current as $$
begin
  raise exception 'events are append only: % is refused', tg_op using errcode = 'TM003';
end $$;

create trigger events_append_only before update or delete or truncate on events
  for each statement execute function refuse_event_change();

-- Greatest position given out; 0 for a sequence that was never used.
create function last_event_position() returns bigint
language plpgsql volatile set search_path from current as $$
begin
  return (select case when is_called then last_value else last_value - 1 end from event_position);
end $$;

-- Announces that this transaction is about to draw positions, all above the present last one L: a shared advisory lock
-- whose key carries the low 32 bits of L, namespaced by the sequence. Once per transaction is enough, and more would
-- fill the lock table. The mark is transaction-local, so a rolled back savepoint takes it away together with the lock.
-- Gives that last position. Written for appends: an assignment costs plpgsql a fraction of a PERFORM, which is a query of its own.
create function hold_horizon() returns text
language plpgsql volatile set search_path from current as $$
declare
  sequence_id constant oid  := 'event_position'::regclass;
  mark        constant text := 'tidemark.holding_' || sequence_id;
  held        constant text := current_setting(mark, true);
  l bigint;
begin
  if held <> '' then
    return held;
  end if;
  select case when is_called then last_value else last_value - 1 end into l from event_position;
  -- Nobody takes it for himself alone, so there is nothing to wait for.
  if not pg_try_advisory_xact_lock_shared(signed32(sequence_id::bigint), signed32(l)) then
    raise exception 'the advisory lock (%, %) of the feed is taken by another use of it', sequence_id, l
      using errcode = 'lock_not_available';
  end if;
  return set_config(mark, l::text, true);
end $$;

-- The low 32 bits of a number as PostgreSQL's signed integer.
create function signed32(n bigint) returns integer
language sql immutable strict as $$
  select (((n + 2147483648) & 4294967295) - 2147483648)::integer
$$;

-- How far the feed can be read without skipping anything. Order matters: first the head, then the lock table. Whoever
-- drew a position up to that head took its lock before, and PostgreSQL releases locks only after a transaction has become
-- visible. The events must then be read in a later snapshot, which REPEATABLE READ and SERIALIZABLE would not take.
create function feed_horizon(out head bigint, out horizon bigint, out holder_pid integer)
language plpgsql volatile set search_path from current as $$
declare
  sequence_id constant oid := 'event_position'::regclass;
begin
  if current_setting('transaction_isolation') not in ('read committed', 'read uncommitted') then
    raise exception 'the feed cannot be read in a % transaction: its snapshot is older than the horizon',
      current_setting('transaction_isolation') using errcode = 'TM001';
  end if;
  if pg_is_in_recovery() then
    raise exception 'the feed cannot be read on a replica: it does not see the locks of the primary' using errcode = 'TM004';
  end if;
  head := last_event_position();
  select head + held.distance, held.pid into horizon, holder_pid
  from (
    -- The key holds 32 bits of L; the nearest number to the head with these bits is L, on either side of a wrap.
    select signed32(l.objid::bigint - head) as distance, l.pid
    from pg_locks l
    where l.locktype = 'advisory'
      and l.database = (select d.oid from pg_database d where d.datname = current_database())
      and l.classid = sequence_id
      and l.objsubid = 2
      and l.mode = 'ShareLock'
      and l.granted
  ) held
  order by held.distance
  limit 1;
  if horizon is null or horizon >= head then
    horizon := head;
    holder_pid := null;
  end if;
end $$;

-- Appends one event to one stream, as nearly all appends do, with what append_events() takes for it. The same in fewer steps.
create function append_event(
  stream      text,
  tenant      text,
  slot        smallint,
  expected    integer,
  id          uuid,
  event_type  text,
  schema_     smallint,
  data_       json,
  metadata_   json,
  occurred    timestamptz
) returns table (
  outcome            text,
  version            integer,
  first_position     bigint,
  last_position      bigint,
  duplicate_id       uuid,
  duplicate_stream   text
)
language plpgsql volatile security definer
set search_path from current set enable_seqscan = off set jit = off as $$
#variable_conflict use_column
declare
  head integer := move_head(stream, tenant, slot, expected, 1);
  ignored text;
begin
  if head is null or exists (select from events e where e.event_id = id) then
    update streams s set version = head - 1 where s.stream_id = stream and head is not null;
    return query select * from append_events_with_care(array[stream], array[tenant], array[slot], array[expected],
      array[1], array[1], array[id], array[event_type], array[schema_], json_build_array(data_), json_build_array(metadata_), array[occurred],
      true, true);
    return;
  end if;
  ignored := hold_horizon();
  ignored := set_config('tidemark.appending', 'events'::regclass::oid::text, true);
  insert into events (position, stream_id, version, event_id, type, schema_version, category, tenant_id,
                      partition_slot, data, metadata, occurred_at, recorded_at)
  values (nextval('event_position'), stream, head, id, event_type, schema_, left(stream, strpos(stream, '-') - 1),
          tenant, slot, data_, metadata_, occurred, clock_timestamp())
  returning position into first_position;
  ignored := set_config('tidemark.appending', '', true);
  outcome := 'appended';
  version := head;
  last_position := first_position;
  return next;
end $$;

-- Checks, locks and moves the head of a stream by so many events, or creates it; gives its new version, null where the append
-- does not fit.
create function move_head(stream text, tenant text, slot smallint, expected integer, added integer) returns integer
language plpgsql volatile as $$
declare
  head integer;
begin
  if expected <> 0 then
    update streams s set version = s.version + added
    where s.stream_id = stream and s.version > 0 and s.tenant_id is not distinct from tenant
      and (expected < 0 or s.version = expected)
    returning s.version into head;
  end if;
  if head is null and expected in (-1, 0) then
    insert into streams as s (stream_id, category, tenant_id, partition_slot, version)
    values (stream, left(stream, strpos(stream, '-') - 1), tenant, slot, added)
    on conflict (stream_id) do update set version = s.version + added
      where expected = -1 and s.version > 0 and s.tenant_id is not distinct from tenant
    returning s.version into head;
  end if;
  return head;
end $$;

-- Appends a batch. One array element per append (p_), one per event (e_), those of an append together and in the order of the
-- appends; e_append points from event to append, from 1, e_offset counts the events of an append, from 1. Streams must
-- differ within a batch. expected: an exact version, -1 any, -2 the stream exists. Payloads come as JSON arrays, whose elements
-- keep their exact text: an array of texts would have each quote escaped twice.
-- Stream heads are locked before positions are drawn, so that the order within a stream is position order.
-- Unless it waits, an append of a batch is 'busy' where another transaction has its stream: it may be sent alone.
-- Appends that are in order, as nearly all are, take the short way here; the first that is not sends the batch the long way.
-- Plans are kept for as long as a connection lives, and one that was made when the tables were small must not scan them when
-- they have grown; what forbids that must not have the planner compile them either.
create function append_events(
  p_stream_id  text[],
  p_tenant_id  text[],
  p_slot       smallint[],
  p_expected   integer[],
  e_append     integer[],
  e_offset     integer[],
  e_id         uuid[],
  e_type       text[],
  e_schema     smallint[],
  e_data       json,
  e_metadata   json,
  e_occurred   timestamptz[],
  atomic       boolean,
  waits        boolean
) returns table (
  outcome            text,
  version            integer,
  first_position     bigint,
  last_position      bigint,
  duplicate_id       uuid,
  duplicate_stream   text
)
language plpgsql volatile security definer
set search_path from current set enable_seqscan = off set jit = off as $$
#variable_conflict use_column
declare
  appends     constant integer := cardinality(p_stream_id);
  events_     constant integer := cardinality(e_id);
  counts      integer[];                                     -- events of each append
  bases       integer[];                                     -- version of each head before; null where it does not fit
  drawn       bigint[];
  ignored     text;
begin
  if appends = 1 then
    counts := array[events_];
  elsif appends = events_ then
    counts := array_fill(1, array[appends]);
  else
    counts := array(select count(*)::integer from unnest(e_append) as a (n) group by a.n order by a.n);
  end if;

  if appends > 1 and not waits then
    -- A stream that another transaction is just creating cannot be seen, only run into: then the whole batch fails.
    ignored := set_config('lock_timeout', '50ms', true);
  end if;
  bases := move_heads(p_stream_id, p_tenant_id, p_slot, p_expected, counts, waits);

  if array_position(bases, null) is not null or exists (select from events e where e.event_id = any (e_id)) then
    update streams s set version = p.base
    from unnest(p_stream_id, bases) as p (stream_id, base)
    where s.stream_id = p.stream_id and p.base is not null;
    return query select * from append_events_with_care(p_stream_id, p_tenant_id, p_slot, p_expected, e_append, e_offset,
      e_id, e_type, e_schema, e_data, e_metadata, e_occurred, atomic, waits);
    return;
  end if;

  ignored := hold_horizon();
  ignored := set_config('tidemark.appending', 'events'::regclass::oid::text, true);
  drawn := array(select nextval('event_position') from generate_series(1, events_));
  insert into events (position, stream_id, version, event_id, type, schema_version, category, tenant_id,
                      partition_slot, data, metadata, occurred_at, recorded_at)
  select u.position, a.stream_id, a.base + u.o, u.id, u.type, u.schema, left(a.stream_id, strpos(a.stream_id, '-') - 1),
         a.tenant_id, a.slot, u.data, u.metadata, u.occurred, clock_timestamp()
  from rows from (unnest(drawn, e_append, e_offset, e_id, e_type, e_schema, e_occurred),
                  json_array_elements(e_data), json_array_elements(e_metadata))
         as u (position, append, o, id, type, schema, occurred, data, metadata)
  join unnest(p_stream_id, p_tenant_id, p_slot, bases) with ordinality as a (stream_id, tenant_id, slot, base, n)
    on a.n = u.append;
  return query
    select 'appended', p.base + p.events, drawn[p.upto - p.events + 1], drawn[p.upto], null::uuid, null::text
    from (select c.base, c.events, c.n, sum(c.events) over (order by c.n)::integer as upto
          from unnest(bases, counts) with ordinality as c (base, events, n)) p
    order by p.n;
  ignored := set_config('tidemark.appending', '', true);
end $$;

-- Creates, checks, locks and moves the heads of the streams of a batch. Gives the version of each before; null where the append
-- does not fit, or another transaction has the stream and this one does not wait.
-- One that waits creates first, in the order of the ids: nobody else can see what it made and wait for it but those who
-- create the same. Then it locks the others in that order. So batches never deadlock. One that does not wait for locks has
-- the streams that are there first, since most are; for a stream that somebody else is creating it waits 50 ms at the most.
create function move_heads(
  p_stream_id text[], p_tenant_id text[], p_slot smallint[], p_expected integer[], counts integer[], waits boolean
) returns integer[]
language plpgsql volatile set search_path from current as $$
declare
  bases integer[] := array_fill(null::integer, array[cardinality(p_stream_id)]);
begin
  if cardinality(p_stream_id) = 1 then
    return array[move_head(p_stream_id[1], p_tenant_id[1], p_slot[1], p_expected[1], counts[1]) - counts[1]];
  end if;
  if waits then
    bases := make_heads(p_stream_id, p_tenant_id, p_slot, p_expected, counts, bases);
  end if;
  if array_position(bases, null) is not null and 0 <> any (p_expected) then
    bases := move_old_heads(p_stream_id, p_tenant_id, p_expected, counts, bases, waits);
  end if;
  if array_position(bases, null) is not null and not waits then
    bases := make_heads(p_stream_id, p_tenant_id, p_slot, p_expected, counts, bases);
  end if;
  return bases;
end $$;

-- The part of move_heads() that creates those that have no base yet and may be new.
create function make_heads(
  p_stream_id text[], p_tenant_id text[], p_slot smallint[], p_expected integer[], counts integer[], bases integer[]
) returns integer[]
language plpgsql volatile as $$
begin
  with made as (
    insert into streams as s (stream_id, category, tenant_id, partition_slot, version)
    select p.stream_id, left(p.stream_id, strpos(p.stream_id, '-') - 1), p.tenant_id, p.slot, p.events
    from unnest(p_stream_id, p_tenant_id, p_slot, p_expected, counts, bases)
           as p (stream_id, tenant_id, slot, expected, events, base)
    where p.base is null and p.expected in (-1, 0)
      -- ON CONFLICT waits for whoever is just moving a head that is there.
      and not exists (select from streams s where s.stream_id = p.stream_id)
    order by p.stream_id collate "C"
    on conflict do nothing
    returning s.stream_id
  )
  select array_agg(case when m.stream_id is null then p.base else 0 end order by p.n) into bases
  from unnest(p_stream_id, bases) with ordinality as p (stream_id, base, n) left join made m on m.stream_id = p.stream_id;
  return bases;
end $$;

-- The part of move_heads() that locks and moves those that have no base yet and are there.
create function move_old_heads(
  p_stream_id text[], p_tenant_id text[], p_expected integer[], counts integer[], bases integer[], waits boolean
) returns integer[]
language plpgsql volatile as $$
declare
  others text[] := array(select p.stream_id from unnest(p_stream_id, bases) as p (stream_id, base) where p.base is null);
begin
  if waits then
    others := array(select s.stream_id from streams s where s.stream_id = any (others)
                    order by s.stream_id for no key update);
  else
    others := array(select s.stream_id from streams s where s.stream_id = any (others)
                    order by s.stream_id for no key update skip locked);
  end if;
  if cardinality(others) = 0 then
    return bases;
  end if;
  with moved as (
    update streams s set version = s.version + p.events
    from unnest(p_stream_id, p_tenant_id, p_expected, counts) as p (stream_id, tenant_id, expected, events)
    where s.stream_id = p.stream_id and s.stream_id = any (others) and s.version > 0
      and s.tenant_id is not distinct from p.tenant_id and (p.expected < 0 or s.version = p.expected)
    returning s.stream_id, s.version - p.events as base
  )
  select array_agg(coalesce(m.base, p.base) order by p.n) into bases
  from unnest(p_stream_id, bases) with ordinality as p (stream_id, base, n) left join moved m on m.stream_id = p.stream_id;
  return bases;
end $$;

-- Locks the heads of streams in sorted order, so that batches never deadlock. With waits, waits for whoever has one of them;
-- else tells that it is busy, so that a batch of independent appends does not wait for one of them.
create function lock_streams(p_stream_id text[], waits boolean)
returns table (stream_id text, version integer, tenant_id text, is_busy boolean)
language plpgsql volatile set search_path from current as $$
#variable_conflict use_column
begin
  if waits then
    return query
      select s.stream_id, s.version, s.tenant_id, false from streams s
      where s.stream_id = any (p_stream_id) order by s.stream_id for no key update;
    return;
  end if;
  return query
    with free as (
      select s.stream_id, s.version, s.tenant_id from streams s
      where s.stream_id = any (p_stream_id) order by s.stream_id for no key update skip locked
    )
    select f.stream_id, f.version, f.tenant_id, false from free f
    union all
    select s.stream_id, null, null, true from streams s
    where s.stream_id = any (p_stream_id) and s.stream_id not in (select f.stream_id from free f);
end $$;

-- As append_events(), for a batch in which not everything is as it is wished for: looks at each append by itself. What that has
-- locked and created stays so.
create function append_events_with_care(
  p_stream_id  text[],
  p_tenant_id  text[],
  p_slot       smallint[],
  p_expected   integer[],
  e_append     integer[],
  e_offset     integer[],
  e_id         uuid[],
  e_type       text[],
  e_schema     smallint[],
  e_data       json,
  e_metadata   json,
  e_occurred   timestamptz[],
  atomic       boolean,
  waits        boolean
) returns table (
  outcome            text,
  version            integer,
  first_position     bigint,
  last_position      bigint,
  duplicate_id       uuid,
  duplicate_stream   text
)
language plpgsql volatile set search_path from current as $$
#variable_conflict use_column
declare
  appends   constant integer := cardinality(p_stream_id);
  bases     integer[];                                       -- version of each head; null where there is none
  tenants   text[];
  busy      boolean[];
  outcomes  text[]    := array_fill('appended'::text, array[appends]);
  dup_ids   uuid[]    := array_fill(null::uuid, array[appends]);
  dup_at    text[]    := array_fill(null::text, array[appends]);
  firsts    bigint[]  := array_fill(null::bigint, array[appends]);
  lasts     bigint[]  := array_fill(null::bigint, array[appends]);
  results   integer[] := array_fill(null::integer, array[appends]);
  counts    integer[] := array_fill(0, array[appends]);
  known     boolean;
  failed    boolean   := false;
  written   boolean   := false;
  event     record;
  i         integer;
  ignored   text;
begin
  select array_agg(h.version order by p.n), array_agg(h.tenant_id order by p.n), array_agg(h.is_busy order by p.n)
    into bases, tenants, busy
  from unnest(p_stream_id) with ordinality as p (stream_id, n)
  left join lock_streams(p_stream_id, waits or appends = 1) h on h.stream_id = p.stream_id;

  select array_agg(c.events order by c.n) into counts
  from (select a.n, count(*)::integer as events from unnest(e_append) as a (n) group by a.n) c;

  known := exists (select from events e where e.event_id = any (e_id));

  for i in 1 .. appends loop
    if busy[i] then
      outcomes[i] := 'busy';
    elsif bases[i] > 0 and tenants[i] is distinct from p_tenant_id[i] then
      outcomes[i] := 'wrong-tenant';
    elsif known then
      select * into event from append_repetition(p_stream_id[i], p_expected[i], e_id, e_append, e_offset, i);
      outcomes[i] := event.outcome;
      results[i]  := event.version;
      firsts[i]   := event.first_position;
      lasts[i]    := event.last_position;
      dup_ids[i]  := event.duplicate_id;
      dup_at[i]   := event.duplicate_stream;
    end if;
    if outcomes[i] = 'appended' and not (
      case p_expected[i]
        when -1 then true
        when -2 then coalesce(bases[i], 0) > 0
        else coalesce(bases[i], 0) = p_expected[i]
      end
    ) then
      outcomes[i] := 'conflict';
      results[i]  := coalesce(bases[i], 0);
    end if;
    failed  := failed or outcomes[i] not in ('appended', 'repeated');
    written := written or outcomes[i] = 'appended';
  end loop;

  if atomic and failed then
    for i in 1 .. appends loop
      if outcomes[i] in ('appended', 'repeated') then
        outcomes[i] := 'withheld';
      end if;
    end loop;
    written := false;
  end if;

  if written then
    ignored := hold_horizon();
    ignored := set_config('tidemark.appending', 'events'::regclass::oid::text, true);
    with written_events as (
      insert into events (position, stream_id, version, event_id, type, schema_version, category, tenant_id,
                          partition_slot, data, metadata, occurred_at, recorded_at)
      select nextval('event_position'), e.stream_id, e.version, e.id, e.type, e.schema,
             left(e.stream_id, strpos(e.stream_id, '-') - 1), e.tenant_id, e.slot,
             e.data, e.metadata, e.occurred, now_
      from (
        select p_stream_id[u.append] as stream_id, bases[u.append] + u.o as version, u.id, u.type, u.schema,
               p_tenant_id[u.append] as tenant_id, p_slot[u.append] as slot, u.data, u.metadata, u.occurred,
               clock_timestamp() as now_
        from rows from (unnest(e_append, e_offset, e_id, e_type, e_schema, e_occurred),
                        json_array_elements(e_data), json_array_elements(e_metadata)) with ordinality
               as u (append, o, id, type, schema, occurred, data, metadata, n)
        where outcomes[u.append] = 'appended'
        order by u.n
      ) e
      returning stream_id, position
    ), spans as (
      select w.stream_id, min(w.position) as first_position, max(w.position) as last_position
      from written_events w group by w.stream_id
    )
    select array_agg(coalesce(s.first_position, firsts[p.n]) order by p.n),
           array_agg(coalesce(s.last_position, lasts[p.n]) order by p.n)
      into firsts, lasts
    from unnest(p_stream_id) with ordinality as p (stream_id, n)
    left join spans s on s.stream_id = p.stream_id;
    ignored := set_config('tidemark.appending', '', true);

    for i in 1 .. appends loop
      if outcomes[i] = 'appended' then
        results[i] := bases[i] + counts[i];
      end if;
    end loop;
    update streams s set version = p.version
    from unnest(p_stream_id, results, outcomes) as p (stream_id, version, outcome)
    where s.stream_id = p.stream_id and p.outcome = 'appended';
  end if;

  if failed then
    -- A head that this batch created for an append that then failed.
    delete from streams s where s.stream_id = any (p_stream_id) and s.version = 0;
  end if;

  return query select * from unnest(outcomes, results, firsts, lasts, dup_ids, dup_at);
end $$;

-- Whether append number i of a batch repeats an earlier one: all of its events recorded in its stream, in one run, in the
-- same order, where it expects them. Then the earlier result; 'duplicate' where ids are recorded otherwise.
create function append_repetition(
  stream text, expected integer, e_id uuid[], e_append integer[], e_offset integer[], i integer,
  out outcome text, out version integer, out first_position bigint, out last_position bigint,
  out duplicate_id uuid, out duplicate_stream text
)
language plpgsql stable set search_path from current as $$
#variable_conflict use_column
declare
  total    bigint;
  found    bigint;
  in_place boolean;
  base     integer;
begin
  select count(*), count(e.event_id),
         coalesce(bool_and(e.stream_id = stream) and min(e.version - u.o) = max(e.version - u.o), false),
         min(e.version - u.o), max(e.version), min(e.position), max(e.position)
    into total, found, in_place, base, version, first_position, last_position
  from unnest(e_id, e_append, e_offset) as u (id, append, o)
  left join events e on e.event_id = u.id
  where u.append = i;

  if found = 0 then
    outcome := 'appended';
  elsif found = total and in_place and (expected < 0 or expected = base) then
    outcome := 'repeated';
    return;
  else
    outcome := 'duplicate';
    select e.event_id, e.stream_id into duplicate_id, duplicate_stream
    from unnest(e_id, e_append, e_offset) as u (id, append, o)
    join events e on e.event_id = u.id
    where u.append = i
    order by u.o limit 1;
  end if;
  version := null; first_position := null; last_position := null;
end $$;

-- Who may append calls append_events(), which runs with the rights of the owner, and nobody else writes here: whatever
-- default privileges have granted on new tables, they are for the tables of later migrations.
revoke execute on function append_events(text[], text[], smallint[], integer[], integer[], integer[], uuid[], text[],
  smallint[], json, json, timestamptz[], boolean, boolean) from public;
revoke execute on function append_event(text, text, smallint, integer, uuid, text, smallint, json, json, timestamptz)
  from public;
revoke execute on function append_events_with_care(text[], text[], smallint[], integer[], integer[], integer[], uuid[],
  text[], smallint[], json, json, timestamptz[], boolean, boolean) from public;
revoke execute on function lock_streams(text[], boolean) from public;
revoke execute on function move_head(text, text, smallint, integer, integer) from public;
revoke execute on function make_heads(text[], text[], smallint[], integer[], integer[], integer[]) from public;
revoke execute on function move_old_heads(text[], text[], integer[], integer[], integer[], boolean) from public;
revoke execute on function move_heads(text[], text[], smallint[], integer[], integer[], boolean) from public;
revoke execute on function append_repetition(text, integer, uuid[], integer[], integer[], integer) from public;
revoke execute on function hold_horizon() from public;

do $$
declare
  granted record;
begin
  for granted in
    select c.oid::regclass as relation,
           case a.grantee when 0 then 'public' else quote_ident(pg_get_userbyid(a.grantee)) end as grantee
    from pg_class c, aclexplode(c.relacl) a
    where c.oid in ('events'::regclass, 'streams'::regclass, 'event_position'::regclass, to_regclass('migrations'))
      and a.grantee <> c.relowner
    group by 1, 2
  loop
    if granted.relation = 'event_position'::regclass then
      execute format('revoke usage, update on sequence %s from %s', granted.relation, granted.grantee);
    else
      execute format('revoke insert, update, delete, truncate, references, trigger on %s from %s',
                     granted.relation, granted.grantee);
    end if;
  end loop;
end $$;
