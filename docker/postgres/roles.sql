-- Least-privilege roles for a Tidemark store. Run with psql, once per store, by a superuser or by a role with CREATEROLE
-- that may create schemas in the database; PostgreSQL 14 to 18. Running it again does no harm.
--
--   psql -v schema=tidemark -f docker/postgres/roles.sql postgres://admin@host/database
--
-- Run it before the first migration. For a store that another role has migrated already, name that role: -v owner=...
--
-- Variables, with their defaults: schema (tidemark), owner (tidemark_owner), app (tidemark_app), readonly
-- (tidemark_readonly). Roles belong to the whole server, so two stores on one server that shall not reach each other's
-- events need roles of their own.
--
-- None of the roles can log in. Give them to users that can:
--
--   create role deploy login password '...' in role tidemark_owner;
--   alter role deploy set role to tidemark_owner;        -- what it creates then belongs to the owner, not to deploy
--   create role orders login password '...' in role tidemark_app;
--   create role reports login password '...' in role tidemark_readonly;

\set ON_ERROR_STOP on
\if :{?schema}
\else
  \set schema tidemark
\endif
\if :{?owner}
\else
  \set owner tidemark_owner
\endif
\if :{?app}
\else
  \set app tidemark_app
\endif
\if :{?readonly}
\else
  \set readonly tidemark_readonly
\endif

begin;

-- owner: owns the schema, migrates it, and is whom append_event() and append_events() act for.
-- app: appends by these two only, reads, and keeps snapshots, leases and checkpoints.
-- readonly: reads.
select format('create role %I nologin', role)
from unnest(array[:'owner', :'app', :'readonly']) as role
where not exists (select from pg_roles where rolname = role)
\gexec

-- Only who has the rights of the owner may act for it below; a superuser has those of everybody.
select format('grant %I to current_user', :'owner')
where not pg_has_role(current_user, :'owner', 'usage')
\gexec

select format('create schema %I authorization %I', :'schema', :'owner')
where not exists (select from pg_namespace where nspname = :'schema')
\gexec

revoke all on schema :"schema" from public;
grant usage on schema :"schema" to :"app", :"readonly";

-- What is there already.
grant select, insert, update, delete on all tables in schema :"schema" to :"app";
grant select on all tables in schema :"schema" to :"readonly";
grant select on all sequences in schema :"schema" to :"app", :"readonly";
grant execute on all functions in schema :"schema" to :"app";

-- What later migrations bring. The first one takes back what this would grant on the tables that follow below.
alter default privileges for role :"owner" in schema :"schema" grant select, insert, update, delete on tables to :"app";
alter default privileges for role :"owner" in schema :"schema" grant select on tables to :"readonly";
alter default privileges for role :"owner" in schema :"schema" grant select on sequences to :"app", :"readonly";
alter default privileges for role :"owner" in schema :"schema" grant execute on functions to :"app";

-- Events are written by append_event() and append_events(), the list of migrations by the owner.
select format('revoke insert, update, delete on %I.%I from %I', :'schema', name, :'app')
from unnest(array['events', 'streams', 'migrations']) as name
where to_regclass(format('%I.%I', :'schema', name)) is not null
\gexec

commit;
