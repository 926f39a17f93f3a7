import { rounded } from './statistics.mjs';

const RELATIONS = `
  select c.relname as name, pg_relation_size(c.oid)::float8 as bytes
  from pg_class c
  left join pg_index i on i.indexrelid = c.oid
  join pg_class t on t.oid = coalesce(i.indrelid, c.oid)
  where t.relname = any ($1) and c.relkind in ('r', 'i') and t.relnamespace = c.relnamespace
    and t.relnamespace::regnamespace::text in ('tidemark', 'public')
  order by c.relname`;

/** What an event takes on disk: bytes of each table and index, and of all, divided by the events. */
export async function bytesPerEvent({ server }, url, tables = ['events', 'streams']) {
  const relations = await server.query(RELATIONS, [tables], url);
  const schema = tables.length > 1 ? 'tidemark' : 'public';
  const [{ events }] = await server.query(`select count(*)::float8 as events from ${schema}.events`, [], url);
  const each = relations.map(({ name, bytes }) => [name, rounded(bytes / events)]);
  return {
    relations: Object.fromEntries(each),
    total: relations.reduce((sum, { bytes }) => sum + bytes, 0) / events,
  };
}
