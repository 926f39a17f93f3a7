-- What was said of a subscription when it first ran, whether an operator has paused it, and how its last rebuild stands. The
-- number of partitions decides which streams a checkpoint speaks of, so it changes only with a rebuild.
create table subscriptions (
  name          text collate "C" not null,
  kind          text             not null,
  version       integer          not null,
  partitions    integer          not null,
  paused_reason text,
  -- requested: an owner is to reset it; started: reset, and all up to the target is being handled again; finished: it has been
  rebuild_requested_at timestamptz,
  rebuild_due          boolean not null default false, -- by a raised version, whose handlers are not to meet the old read model
  rebuild_started_at   timestamptz,
  rebuild_finished_at  timestamptz,
  rebuild_target       bigint,
  rebuild_total        bigint,
  created_at    timestamptz      not null default clock_timestamp(),
  constraint subscriptions_pkey primary key (name)
);

-- The processes that run subscriptions now; each renews its row. Partitions are divided among them: automatically where they have no
-- number, else the process with number assigned_index works on every partition p with p % assigned_total = assigned_index.
create table members (
  owner          text        not null,
  subscriptions  text[]      not null,
  expires_at     timestamptz not null,
  assigned_index integer,
  assigned_total integer,
  constraint members_pkey primary key (owner),
  constraint members_assignment_check check (
    (assigned_index is null) = (assigned_total is null) and assigned_index between 0 and assigned_total - 1
  )
) with (fillfactor = 50);

-- Who may work on a partition now. A new owner raises the epoch; an expired lease is free to take.
create table leases (
  subscription text collate "C" not null,
  partition    integer          not null,
  epoch        bigint           not null default 0,
  owner        text,
  expires_at   timestamptz,
  constraint leases_pkey primary key (subscription, partition)
) with (fillfactor = 50);

-- How far a partition has come. Lives in the database of the read model and advances in the transaction of the handlers;
-- the epoch of the owner fences out one that lost its lease.
create table checkpoints (
  subscription text collate "C" not null,
  partition    integer          not null,
  position     bigint           not null,
  epoch        bigint           not null,
  handled      bigint           not null default 0,
  updated_at   timestamptz      not null default clock_timestamp(),
  constraint checkpoints_pkey primary key (subscription, partition)
) with (fillfactor = 50);
