import pg from 'pg';
import { payload } from './payload.mjs';

/** Events of each seeded stream. */
const EVENTS_PER_STREAM = 10;
const CHUNK_STREAMS = 5_000;

/** What each column of the library's table is filled with; a column that the table does not have is left out. */
const EVENT_COLUMNS = {
  position: '$1::bigint + n',
  stream_id: 's.stream_id',
  version: 'v.version',
  event_id: `(lpad(to_hex($2::bigint + n / 100), 12, '0') || '7' || substr(md5(n::text), 1, 3) || '8' || substr(md5(n::text), 4, 15))::uuid`,
  type: `'bench.placed'`,
  schema_version: '1',
  category: `'order'`,
  tenant_id: 'null::text',
  partition_slot: 's.slot',
  data: `('{"number":' || $1::bigint + n || $3::text)::json`,
  metadata: `'{}'::json`,
  occurred_at: 'now()',
  recorded_at: 'now()',
};
const STREAM_COLUMNS = {
  stream_id: 's.stream_id',
  category: `'order'`,
  tenant_id: 'null::text',
  partition_slot: 's.slot',
  version: 's.version',
  created_at: 'now()',
};

/**
 * Writes so many events behind those that are there, ten to a stream, by INSERT ... SELECT on the server: heads, events and
 * sequence are as if they had been appended. For a store that nobody uses meanwhile. Gives how many it wrote per second.
 */
export async function seed(url, events, tell = () => undefined) {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  const startedAt = performance.now();
  try {
    await client.query('set search_path to tidemark');
    const seeding = await Seeding.of(client);
    for (let done = 0; done < events;) {
      done += await seeding.writeChunk(Math.min(CHUNK_STREAMS * EVENTS_PER_STREAM, events - done));
      if (done % 1_000_000 === 0) tell(`${done.toLocaleString('en-US')} of ${events.toLocaleString('en-US')} events`);
    }
    const rate = (events * 1_000) / (performance.now() - startedAt);
    // So that the first who measures does not pay for it.
    await client.query('vacuum (analyze) streams, events');
    return rate;
  } finally {
    await client.end();
  }
}

/** The id of the stream that holds the n-th seeded event, counted from 0, of a store that was empty before. */
export function seededStream(n, events) {
  const chunk = CHUNK_STREAMS * EVENTS_PER_STREAM;
  const before = Math.floor(n / chunk) * chunk;
  const streams = Math.ceil(Math.min(chunk, events - before) / EVENTS_PER_STREAM);
  return streamId(before + ((n - before) % streams));
}

function streamId(n) {
  return `order-seeded${n}`;
}

class Seeding {
  constructor(client, statements, position, partitionSlotOf) {
    Object.assign(this, { client, statements, position, partitionSlotOf });
  }

  static async of(client) {
    // Not of the public door: the seed writes what only the library writes.
    const slots = new URL('../libs/event-sourcing/dist/core/partition-slot.js', import.meta.url);
    const { partitionSlotOf } = await import(slots.href);
    const statements = {
      events: await insertInto(client, 'events', EVENT_COLUMNS),
      streams: await insertInto(client, 'streams', STREAM_COLUMNS),
    };
    const { rows } = await client.query('select last_event_position() as position');
    return new Seeding(client, statements, Number(rows[0].position), partitionSlotOf);
  }

  /** Streams by turns, so that those of one stream lie apart, as they do in life. */
  async writeChunk(events) {
    const streams = Math.ceil(events / EVENTS_PER_STREAM);
    const ids = Array.from({ length: streams }, (_, index) => streamId(this.position + index));
    const slots = ids.map((id) => this.partitionSlotOf(id));
    const rest = JSON.stringify(payload(0)).slice('{"number":0'.length);
    // Of the last round of turns only the first streams have an event.
    const versions = ids.map((_, index) => Math.floor((events - index - 1) / streams) + 1);
    const last = this.position + events;
    await this.client.query('begin');
    await this.client.query(`select set_config('tidemark.appending', 'events'::regclass::oid::text, true)`);
    const source = `(select * from unnest($4::text[], $5::integer[]) with ordinality as s (stream_id, slot, i)) s`;
    await this.client.query(
      `${this.statements.events} from ${source}
       cross join generate_series(1, ${EVENTS_PER_STREAM}) as v (version)
       cross join lateral (select (v.version - 1) * $6::bigint + s.i as n) n
       where n <= $7 order by n`,
      [this.position, Date.now(), rest, ids, slots, streams, events],
    );
    await this.client.query(
      `${this.statements.streams} from unnest($1::text[], $2::integer[], $3::integer[]) as s (stream_id, slot, version)`,
      [ids, slots, versions],
    );
    await this.client.query(`select setval('event_position', $1)`, [last]);
    await this.client.query('commit');
    this.position = last;
    return events;
  }
}

/** The beginning of an INSERT of all columns that the table has; refuses a table with one that the seed knows nothing of. */
async function insertInto(client, table, expressions) {
  const { rows } = await client.query(
    `select attname as name from pg_attribute where attrelid = $1::regclass and attnum > 0 and not attisdropped order by attnum`,
    [table],
  );
  const unknown = rows.filter(({ name }) => expressions[name] === undefined).map(({ name }) => name);
  if (unknown.length > 0) {
    throw new Error(`the seed does not know how to fill ${unknown.join(', ')} of ${table}; teach bench/seeding.mjs.`);
  }
  const names = rows.map(({ name }) => name);
  return `insert into ${table} (${names.join(', ')}) select ${names.map((name) => expressions[name]).join(', ')}`;
}
