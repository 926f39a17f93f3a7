import { UPSERT_MANY, UPSERT_ONE } from '../projections.mjs';

const PAGE = 1_000;
const READ_PAGE = `
  select position, stream_id, version, event_id, type, data, metadata, recorded_at
  from events where position > $1 order by position limit $2`;
const MOVE_CHECKPOINT = `
  insert into checkpoints (name, position) values ('raw', $1) on conflict (name) do update set position = excluded.position`;

/** Reads the whole table in position order, in keyset pages; gives how many events there were. */
export async function readPages({ pool }, handle = () => undefined) {
  let after = 0;
  for (let events = 0; ;) {
    const rows = await readPage(pool, after);
    for (const row of rows) handle(row);
    events += rows.length;
    if (rows.length < PAGE) return events;
    after = rows.at(-1).position;
  }
}

/** Each page in one transaction with its checkpoint: one upsert per event. */
export function projectEach(raw) {
  return projectPages(raw, async (client, rows) => {
    for (const { stream_id: streamId, data } of rows) {
      await client.query({ name: 'upsert_one', text: UPSERT_ONE, values: [streamId, data.total] });
    }
  });
}

/** The same with one upsert for all events of a page. */
export function projectMany(raw) {
  return projectPages(raw, (client, rows) =>
    client.query({
      name: 'upsert_many',
      text: UPSERT_MANY,
      values: [rows.map((row) => row.stream_id), rows.map(({ data }) => data.total)],
    }),
  );
}

async function projectPages({ pool }, handle) {
  await pool.query('create table if not exists checkpoints (name text primary key, position bigint not null)');
  const client = await pool.connect();
  try {
    for (let after = 0; ;) {
      const rows = await readPage(client, after);
      if (rows.length === 0) return;
      after = rows.at(-1).position;
      await client.query('begin');
      await handle(client, rows);
      await client.query({ name: 'move_checkpoint', text: MOVE_CHECKPOINT, values: [after] });
      await client.query('commit');
    }
  } finally {
    client.release();
  }
}

async function readPage(db, after) {
  const { rows } = await db.query({ name: 'read_page', text: READ_PAGE, values: [after, PAGE] });
  return rows;
}
