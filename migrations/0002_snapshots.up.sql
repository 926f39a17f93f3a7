-- States of aggregates, so that long streams need not be replayed. Each schema version of a state has its own row: while
-- a new release rolls out, the old one neither reads nor overwrites the new one's snapshots.
create table snapshots (
  stream_id      text collate "C" not null,
  tenant_id      text collate "C",
  schema_version integer          not null,
  version        integer          not null,
  state          json             not null,
  taken_at       timestamptz      not null default clock_timestamp(),
  constraint snapshots_pkey primary key (stream_id, schema_version)
);
