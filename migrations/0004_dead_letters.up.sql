-- Events that a subscription could not handle, and those that queue behind them in their stream. Written in the
-- transaction that moves the checkpoint past them. The slot of the stream, not the number of the partition, decides who
-- redrives a letter, so that a subscription may change its number of partitions while letters are open.
create table dead_letters (
  id             uuid             not null,
  subscription   text collate "C" not null,
  partition      integer          not null,
  partition_slot smallint         not null,
  event_id       uuid             not null,
  position       bigint           not null,
  stream_id      text collate "C" not null,
  version        integer          not null,
  type           text collate "C" not null,
  tenant_id      text collate "C",
  reason         text collate "C" not null,
  error_class    text collate "C",
  message        text,
  stack          text,
  attempts       jsonb            not null,
  state          text collate "C" not null,
  note           text,
  parked_at      timestamptz      not null default clock_timestamp(),
  updated_at     timestamptz      not null default clock_timestamp(),
  constraint dead_letters_pkey primary key (id),                              -- one letter; list, newest first
  constraint dead_letters_event unique (subscription, event_id),              -- park: one letter per event
  constraint dead_letters_state check (state in ('parked', 'redriving', 'resolved', 'discarded')),
  constraint dead_letters_reason check (reason in ('failed', 'queued-behind'))
);

-- blocked_streams, request_redrive and whatever else asks for the open letters of a stream, in their order
create index dead_letters_open on dead_letters (subscription, stream_id, position)
  where state in ('parked', 'redriving');

-- next_redriving, asked by every partition again and again, so it must be empty while nothing is redriven
create index dead_letters_redriving on dead_letters (subscription, position) where state = 'redriving';

-- count_dead_letters, without a look at the letters that were closed, of which there may be many
create index dead_letters_closed_count on dead_letters (subscription, state) where state in ('resolved', 'discarded');

-- purge_dead_letters
create index dead_letters_closed on dead_letters (updated_at) where state in ('resolved', 'discarded');
