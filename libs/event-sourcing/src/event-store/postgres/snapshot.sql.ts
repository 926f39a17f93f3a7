import { sqlStatement } from '../../database/index.js';

/** The snapshot of stream $1 at schema version $2, of tenant $3 where it is not null. */
export const LOAD_SNAPSHOT = sqlStatement(
  'load_snapshot',
  `select stream_id, tenant_id, schema_version, version, state, taken_at from {schema}.snapshots
   where stream_id = $1 and schema_version = $2 and ($3::text is null or tenant_id = $3)`,
);

/** Keeps a snapshot unless one as new or newer is there; a row tells that it was kept. */
export const SAVE_SNAPSHOT = sqlStatement(
  'save_snapshot',
  `insert into {schema}.snapshots as s (stream_id, schema_version, version, state, tenant_id) values ($1, $2, $3, $4, $5)
   on conflict (stream_id, schema_version)
   do update set version = excluded.version, state = excluded.state, tenant_id = excluded.tenant_id,
     taken_at = clock_timestamp()
   where s.version < excluded.version
   returning version`,
);

/** Removes all snapshots of stream $1. */
export const REMOVE_SNAPSHOTS = sqlStatement('remove_snapshots', 'delete from {schema}.snapshots where stream_id = $1');
