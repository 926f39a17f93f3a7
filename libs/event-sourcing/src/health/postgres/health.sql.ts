import { sqlStatement } from '../../database/index.js';

/** Which of the tables $1 there are in the schema; needs no right on any of them. */
export const PRESENT_TABLES = sqlStatement(
  'present_tables',
  `select c.relname::text as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
   where n.nspname = $2 and c.relname = any ($1::text[]) and c.relkind in ('r', 'p')`,
);

/** The last migration that was run. */
export const LAST_MIGRATION = sqlStatement(
  'last_migration',
  'select name::text as name from {schema}.migrations order by timestamp desc limit 1',
);

/** Since when the backend $1 is in its transaction, in seconds; null where it is in none or must not be looked at. */
export const TRANSACTION_AGE = sqlStatement(
  'transaction_age',
  `select extract(epoch from clock_timestamp() - xact_start)::float8 as age from pg_stat_activity where pid = $1`,
);
