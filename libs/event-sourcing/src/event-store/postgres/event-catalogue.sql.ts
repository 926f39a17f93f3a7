import { sqlStatement } from '../../database/index.js';

const STREAM_COLUMNS = 'stream_id as "streamId", category, tenant_id as "tenantId", version, created_at as "createdAt"';

/**
 * Streams in the order of their ids after $1, at most $5; with ids from $2 and below $3 where they are not null, of tenant $4
 * where it is not null.
 */
export const LIST_STREAMS = sqlStatement(
  'list_streams',
  `select ${STREAM_COLUMNS} from {schema}.streams
   where ($1::text is null or stream_id > $1) and ($2::text is null or stream_id >= $2) and ($3::text is null or stream_id < $3)
     and ($4::text is null or tenant_id = $4)
   order by stream_id limit $5`,
);

/** Stream $1. */
export const GET_STREAM = sqlStatement(
  'get_stream',
  `select ${STREAM_COLUMNS} from {schema}.streams where stream_id = $1`,
);

/**
 * The position before the last $6 events up to $1; of the types $2 or the patterns $3, the categories $4 and the tenant $5
 * where they are not null. No row's position where there are none.
 */
export const POSITION_BEFORE_LAST = sqlStatement(
  'position_before_last',
  `select min(position) - 1 as position from (
     select position from {schema}.events
     where position <= $1
       and ($2::text[] is null or type = any ($2) or type like any ($3))
       and ($4::text[] is null or category = any ($4))
       and ($5::text is null or tenant_id = $5)
     order by position desc limit $6
   ) last`,
);
