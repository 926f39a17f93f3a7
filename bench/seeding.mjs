import pg from 'pg';
import { copyInto } from './copy.mjs';
import { CHUNK, chunkOf, EVENT_COLUMNS, STREAM_COLUMNS } from './seeded-rows.mjs';

/**
 * Writes so many events behind those that are there, ten to a stream, by COPY: heads, events and sequence are as if they had
 * been appended. For a store that nobody uses meanwhile. Gives how many it wrote per second.
 */
export async function seed(url, events, tell = () => undefined) {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  const startedAt = performance.now();
  try {
    await client.query('set search_path to tidemark');
    await refuseOthers(client, 'events', EVENT_COLUMNS);
    await refuseOthers(client, 'streams', STREAM_COLUMNS);
    await writeChunks(client, events, tell);
    const rate = (events * 1_000) / (performance.now() - startedAt);
    // So that the first who measures does not pay for it.
    await client.query('vacuum (analyze) streams, events');
    return rate;
  } finally {
    await client.end();
  }
}

async function writeChunks(client, events, tell) {
  // Not of the public door: the seed writes what only the library writes.
  const slots = new URL('../libs/event-sourcing/dist/core/partition-slot.js', import.meta.url);
  const { partitionSlotOf } = await import(slots.href);
  const { rows } = await client.query('select last_event_position() as position');
  const first = Number(rows[0].position);
  for (let done = 0; done < events;) {
    const count = Math.min(CHUNK, events - done);
    await writeChunk(client, chunkOf(first + done, count, partitionSlotOf), first + done + count);
    done += count;
    if (done % 1_000_000 === 0) tell(`${done.toLocaleString('en-US')} of ${events.toLocaleString('en-US')} events`);
  }
}

async function writeChunk(client, chunk, last) {
  await client.query('begin');
  await client.query(`select set_config('tidemark.appending', 'events'::regclass::oid::text, true)`);
  await copyInto(client, 'events', EVENT_COLUMNS, chunk.events());
  await copyInto(client, 'streams', STREAM_COLUMNS, chunk.heads());
  await client.query(`select setval('event_position', $1)`, [last]);
  await client.query('commit');
}

/** Refuses a table with a column that the seed does not fill. */
async function refuseOthers(client, table, columns) {
  const { rows } = await client.query(
    `select attname as name from pg_attribute where attrelid = $1::regclass and attnum > 0 and not attisdropped`,
    [table],
  );
  const unknown = rows.filter(({ name }) => columns[name] === undefined).map(({ name }) => name);
  if (unknown.length > 0) {
    throw new Error(
      `the seed does not know how to fill ${unknown.join(', ')} of ${table}; teach bench/seeded-rows.mjs.`,
    );
  }
}
