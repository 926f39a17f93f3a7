import type pg from 'pg';
import { eventually } from './eventually.js';

/**
 * Waits until so many backends of the database wait for an advisory lock, each for at least the given time. In a transaction it would
 * see the same activity again and again.
 */
export async function waitersForLocks(client: pg.Client, count: number, atLeast = '0 milliseconds'): Promise<void> {
  const deadline = Date.now() + 20_000;
  for (;;) {
    const { rows } = await client.query<{ n: number }>(
      `select count(*)::int as n from pg_locks l join pg_stat_activity a using (pid)
       where l.locktype = 'advisory' and not l.granted and a.datname = current_database()
         and clock_timestamp() - a.query_start >= $1::interval`,
      [atLeast],
    );
    const waiting = rows[0]?.n ?? 0;
    if (waiting >= count) return;
    if (Date.now() > deadline) throw new Error(`${waiting} backends wait for a lock, ${count} should`);
  }
}

/** Waits until a backend of the database waits for a table that the client has locked. */
export async function waiterForTable(client: pg.Client, table: string): Promise<void> {
  await eventually(async () => {
    const { rowCount } = await client.query(
      `select from pg_locks l join pg_database d on d.oid = l.database
       where d.datname = current_database() and l.relation = $1::regclass and not l.granted`,
      [table],
    );
    return rowCount !== 0;
  });
}
