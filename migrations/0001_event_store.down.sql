drop function append_event(text, text, smallint, integer, uuid, text, smallint, json, json, timestamptz);
drop function append_events(text[], text[], smallint[], integer[], integer[], integer[], uuid[], text[], smallint[], json,
  json, timestamptz[], boolean, boolean);
drop function append_events_with_care(text[], text[], smallint[], integer[], integer[], integer[], uuid[], text[], smallint[],
  json, json, timestamptz[], boolean, boolean);
drop function lock_streams(text[], boolean);
drop function move_head(text, text, smallint, integer, integer);
drop function make_heads(text[], text[], smallint[], integer[], integer[], integer[]);
drop function move_old_heads(text[], text[], integer[], integer[], integer[], boolean);
drop function move_heads(text[], text[], smallint[], integer[], integer[], boolean);
drop function append_repetition(text, integer, uuid[], integer[], integer[], integer);
drop function feed_horizon();
drop function hold_horizon();
drop function signed32(bigint);
drop function last_event_position();
drop table events;
drop table streams;
drop function refuse_event_change();
drop function refuse_bare_insert();
drop sequence event_position;
