-- Users for the roles of roles.sql, and what they need on the read models that the app keeps in the schema `public`. Run with
-- psql in the app's database, after roles.sql and before the first migration, as who ran that; PostgreSQL 14 to 18. Running
-- it again sets the passwords anew.
--
--   psql -v deploy_password=... -v app_password=... -v readonly_password=... -f docker/postgres/users.sql "$ADMIN_URL"
--
-- Variables with defaults: deploy_user (deploy), app_user (orders), readonly_user (reports), and owner, app, readonly as of
-- roles.sql.

\set ON_ERROR_STOP on
\if :{?deploy_user}
\else
  \set deploy_user deploy
\endif
\if :{?app_user}
\else
  \set app_user orders
\endif
\if :{?readonly_user}
\else
  \set readonly_user reports
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

select format('create role %I login', name)
from unnest(array[:'deploy_user', :'app_user', :'readonly_user']) as name
where not exists (select from pg_roles where rolname = name)
\gexec

alter role :"deploy_user" login password :'deploy_password';
alter role :"app_user" login password :'app_password';
alter role :"readonly_user" login password :'readonly_password';
grant :"owner" to :"deploy_user";
grant :"app" to :"app_user";
grant :"readonly" to :"readonly_user";

-- What `deploy` creates belongs to the owner; the default privileges below hold for the owner's tables.
alter role :"deploy_user" set role to :"owner";

-- Read models and their migrations. TRUNCATE is what a rebuild may begin with.
revoke create on schema public from public;
grant usage, create on schema public to :"owner";
grant usage on schema public to :"app", :"readonly";
alter default privileges for role :"owner" in schema public
  grant select, insert, update, delete, truncate on tables to :"app";
alter default privileges for role :"owner" in schema public grant usage, select on sequences to :"app";
alter default privileges for role :"owner" in schema public grant select on tables to :"readonly";

commit;
