import type pg from 'pg';

/** What each part of a schema is made of, in a form in which equal schemas of two databases are equal texts. */
const PARTS: Readonly<Record<string, string>> = {
  schema: `select pg_get_userbyid(n.nspowner) as owner, n.nspacl::text, obj_description(n.oid, 'pg_namespace')
    from pg_namespace n where n.nspname = $1`,
  relations: `select c.relname, c.relkind, c.relpersistence, c.reloptions::text, c.relacl::text, c.relrowsecurity,
      c.relreplident, am.amname, pg_get_userbyid(c.relowner) as owner, obj_description(c.oid, 'pg_class'),
      case when c.relkind in ('v', 'm') then pg_get_viewdef(c.oid) end as view
    from pg_class c join pg_namespace n on n.oid = c.relnamespace left join pg_am am on am.oid = c.relam
    where n.nspname = $1 order by c.relname`,
  columns: `select c.relname, a.attname, row_number() over (partition by c.oid order by a.attnum) as ordinal,
      format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attidentity, a.attgenerated, a.attstorage, a.attstattarget,
      array(select o from unnest(a.attoptions) as o where o like 'n_distinct%') as options, a.attacl::text, pg_get_expr(d.adbin, d.adrelid) as default_value, l.collname,
      col_description(c.oid, a.attnum)
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
    join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
    left join pg_attrdef d on d.adrelid = c.oid and d.adnum = a.attnum
    left join pg_collation l on l.oid = a.attcollation
    where n.nspname = $1 order by c.relname, ordinal`,
  constraints: `select k.conrelid::regclass::text, k.conname, k.convalidated, pg_get_constraintdef(k.oid)
    from pg_constraint k join pg_namespace n on n.oid = k.connamespace where n.nspname = $1 order by 1, 2`,
  indexes: `select i.indexrelid::regclass::text, pg_get_indexdef(i.indexrelid), i.indisvalid, i.indisclustered
    from pg_index i join pg_class c on c.oid = i.indrelid join pg_namespace n on n.oid = c.relnamespace
    where n.nspname = $1 order by 1`,
  triggers: `select c.relname, t.tgname, t.tgenabled, pg_get_triggerdef(t.oid)
    from pg_trigger t join pg_class c on c.oid = t.tgrelid join pg_namespace n on n.oid = c.relnamespace
    where n.nspname = $1 and not t.tgisinternal order by 1, 2`,
  functions: `select p.oid::regprocedure::text, pg_get_functiondef(p.oid), p.proacl::text, p.prosecdef, p.proconfig::text,
      obj_description(p.oid, 'pg_proc')
    from pg_proc p join pg_namespace n on n.oid = p.pronamespace where n.nspname = $1 and p.prokind <> 'a' order by 1`,
  sequences: `select sequencename, data_type, start_value, min_value, max_value, increment_by, cycle, cache_size
    from pg_sequences where schemaname = $1 order by 1`,
  types: `select t.typname, t.typtype, array(select e.enumlabel from pg_enum e where e.enumtypid = t.oid order by e.enumsortorder)
    from pg_type t join pg_namespace n on n.oid = t.typnamespace
    where n.nspname = $1 and t.typtype in ('d', 'e', 'r') order by 1`,
};

/** Everything that a schema holds, as the server's own catalogue tells it, data left aside. */
export async function catalogueOf(client: pg.Client, schema: string): Promise<Record<string, string[]>> {
  const catalogue: Record<string, string[]> = {};
  for (const [part, sql] of Object.entries(PARTS)) {
    const { rows } = await client.query<object>(sql, [schema]);
    catalogue[part] = rows.map((row) => JSON.stringify(row));
  }
  return catalogue;
}
