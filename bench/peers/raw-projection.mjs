import { READ_MODEL, UPSERT_ONE } from '../projections.mjs';

/** What {@link oneTransaction} writes to. */
export async function prepareOneTransaction({ pool }) {
  await pool.query(READ_MODEL);
  await pool.query('create table checkpoints (name text primary key, position bigint not null)');
  await pool.query(`insert into checkpoints values ('raw', 0)`);
}

/** The least that brings an event into a read model exactly once: its upsert and the checkpoint, committed together. */
export async function oneTransaction({ pool }, n) {
  const client = await pool.connect();
  await client.query('begin');
  await client.query({ name: 'upsert_one', text: UPSERT_ONE, values: [`order-${n % 1_000}`, 129.9] });
  await client.query({ name: 'move', text: `update checkpoints set position = $1 where name = 'raw'`, values: [n] });
  await client.query('commit');
  client.release();
}
