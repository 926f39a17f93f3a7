import { sqlStatement } from '../sql-statement.js';

/** What the server is and how it is set for this session; connections are counted as everybody may see them. */
export const SERVER_FACTS = sqlStatement(
  'server_facts',
  `select current_setting('server_version_num')::integer as "versionNumber", current_setting('server_version') as version,
     current_database()::text as database, current_user::text as "user", pg_is_in_recovery() as "isReplica",
     coalesce((select rolsuper from pg_roles where rolname = current_user), false) as "isSuperuser",
     pg_has_role(current_user, 'pg_read_all_stats', 'usage') as "seesAllSessions",
     current_setting('max_connections')::integer - current_setting('superuser_reserved_connections')::integer as "maxConnections",
     (select coalesce(sum(numbackends), 0)::integer from pg_stat_database) as connections,
     current_setting('fsync') as fsync, current_setting('full_page_writes') as "fullPageWrites",
     current_setting('synchronous_commit') as "synchronousCommit",
     (select setting::float8 from pg_settings where name = 'idle_in_transaction_session_timeout') as "idleInTransactionTimeoutMs"`,
);

/** Roles for which this database has a commit that does not wait for the disk. */
export const ROLES_WITHOUT_DURABILITY = sqlStatement(
  'roles_without_durability',
  `select r.rolname::text as role from pg_db_role_setting s join pg_roles r on r.oid = s.setrole,
     unnest(s.setconfig) as setting
   where s.setdatabase in (0, (select oid from pg_database where datname = current_database()))
     and setting = 'synchronous_commit=off'
   order by 1`,
);

const BACKEND = `pid, coalesce(usename::text, '') as "user", coalesce(application_name, '') as application,
  state, extract(epoch from clock_timestamp() - xact_start)::float8 as "ageSeconds"`;

/** The backend $1; what belongs to other roles is null for who may not read all statistics. */
export const BACKEND_BY_PID = sqlStatement('backend_by_pid', `select ${BACKEND} from pg_stat_activity where pid = $1`);

/** Backends of this database whose transaction is older than $1 seconds, the oldest first; not this session's own. */
export const LONG_TRANSACTIONS = sqlStatement(
  'long_transactions',
  `select ${BACKEND} from pg_stat_activity
   where datname = current_database() and pid <> pg_backend_pid() and xact_start < clock_timestamp() - $1::float8 * interval '1 second'
   order by xact_start limit 20`,
);

/** Transactions of this database that were prepared more than $1 seconds ago and neither committed nor rolled back. */
export const PREPARED_TRANSACTIONS = sqlStatement(
  'prepared_transactions',
  `select gid::text as gid, owner::text as "user", extract(epoch from clock_timestamp() - prepared)::float8 as "ageSeconds"
   from pg_prepared_xacts
   where database = current_database() and prepared < clock_timestamp() - $1::float8 * interval '1 second'
   order by prepared limit 20`,
);

/** Tables, indexes, functions and enabled triggers of schema $1; of an index whether it can be used. */
export const SCHEMA_OBJECTS = sqlStatement(
  'schema_objects',
  `select case c.relkind when 'i' then 'index' else 'table' end as kind, c.relname::text as name,
     coalesce(i.indisvalid and i.indisready, true) as usable
   from pg_class c join pg_namespace n on n.oid = c.relnamespace left join pg_index i on i.indexrelid = c.oid
   where n.nspname = $1 and c.relkind in ('r', 'p', 'i', 'I')
   union all
   select 'trigger', t.tgname::text, t.tgenabled in ('O', 'A')
   from pg_trigger t join pg_class c on c.oid = t.tgrelid join pg_namespace n on n.oid = c.relnamespace
   where n.nspname = $1 and not t.tgisinternal
   union all
   select 'function', p.proname::text, true from pg_proc p join pg_namespace n on n.oid = p.pronamespace
   where n.nspname = $1`,
);

/** Whether the current user may use schema $1, and whether it may act as the owner of the events table. */
export const SCHEMA_ACCESS = sqlStatement(
  'schema_access',
  `select has_schema_privilege(n.oid, 'usage') as usage,
     coalesce(pg_has_role(c.relowner, 'usage'), false) as "isOwner",
     coalesce(has_table_privilege(c.oid, 'update') or has_table_privilege(c.oid, 'delete')
       or has_table_privilege(c.oid, 'truncate'), false) as "mayChangeEvents"
   from pg_namespace n left join pg_class c on c.relnamespace = n.oid and c.relname = 'events' and c.relkind in ('r', 'p')
   where n.nspname = $1`,
);

/** Rights that roles.sql gives an app in schema $1 and that the current user lacks. */
export const MISSING_RIGHTS = sqlStatement(
  'missing_rights',
  `select c.relname::text as name, p as right
   from pg_class c join pg_namespace n on n.oid = c.relnamespace, unnest(array['select', 'insert', 'update', 'delete']) as p
   where n.nspname = $1 and c.relkind in ('r', 'p') and not has_table_privilege(c.oid, p)
     and (p = 'select' or c.relname not in ('events', 'streams', 'migrations'))
   union all
   select c.relname::text, 'select'
   from pg_class c join pg_namespace n on n.oid = c.relnamespace
   where n.nspname = $1 and c.relkind = 'S' and c.relname = 'event_position' and not has_sequence_privilege(c.oid, 'select')
   union all
   select f.proname::text, 'execute'
   from pg_proc f join pg_namespace n on n.oid = f.pronamespace
   where n.nspname = $1 and f.proname in ('append_event', 'append_events', 'feed_horizon', 'last_event_position')
     and not has_function_privilege(f.oid, 'execute')
   order by 1, 2`,
);
