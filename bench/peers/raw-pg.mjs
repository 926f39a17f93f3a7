import { payload, payloadRow } from '../payload.mjs';
import { StreamRing } from '../streams.mjs';

/** The least that an event store can do with: a feed in order, and no version of a stream twice. */
const TABLE = `
  create table events (
    position    bigint generated always as identity primary key,
    stream_id   text collate "C" not null,
    version     integer          not null,
    event_id    uuid             not null,
    type        text             not null,
    data        json             not null,
    metadata    json             not null,
    recorded_at timestamptz      not null default now(),
    unique (stream_id, version)
  )`;
const INSERT_ONE = `
  insert into events (stream_id, version, event_id, type, data, metadata) values ($1, $2, $3, $4, $5, $6)`;
const INSERT_MANY = `
  insert into events (stream_id, version, event_id, type, data, metadata)
  select * from unnest($1::text[], $2::integer[], $3::uuid[], $4::text[], $5::json[], $6::json[])`;
const SEED = `
  insert into events (stream_id, version, event_id, type, data, metadata)
  select 'order-seeded' || (n - 1) % $2, (n - 1) / $2 + 1, gen_random_uuid(), 'bench.placed',
         ('{"number":' || n || $3::text)::json, '{}'::json
  from generate_series(1, $1::integer) as n`;
const READ_STREAM = `
  select position, stream_id, version, event_id, type, data, metadata, recorded_at
  from events where stream_id = $1 order by version`;

/** Plain SQL through a `pg` pool: the least that could do the job, without checks, feed or retries. */
export async function openRawPg(context, label = 'raw') {
  const url = await context.database(label);
  const pool = context.pool(url);
  await pool.query(TABLE);
  return new RawPg(url, pool);
}

class RawPg {
  #ring = new StreamRing();

  constructor(url, pool) {
    this.url = url;
    this.pool = pool;
  }

  /** One event by one INSERT, committed by itself. */
  async insertOne() {
    const { streamId, version, n } = this.#ring.next();
    const { id, type, data, metadata } = payloadRow(streamId, version + 1, n);
    await this.pool.query({
      name: 'insert_one',
      text: INSERT_ONE,
      values: [streamId, version + 1, id, type, data, metadata],
    });
    return 1;
  }

  /** The rows of so many such events by one INSERT. */
  async insertMany(events) {
    const rows = Array.from({ length: events }, () => {
      const { streamId, version, n } = this.#ring.next();
      return payloadRow(streamId, version + 1, n);
    });
    await this.#insert(rows);
    return events;
  }

  /** So many events to one stream by one INSERT. */
  async insertStream(events) {
    const { streamId, version, n } = this.#ring.next(events);
    await this.#insert(
      Array.from({ length: events }, (_, index) => payloadRow(streamId, version + 1 + index, n + index)),
    );
    return events;
  }

  /** So many events by one statement on the server, ten to a stream. */
  async seed(events) {
    await this.pool.query(SEED, [
      events,
      Math.ceil(events / 10),
      JSON.stringify(payload(0)).slice('{"number":0'.length),
    ]);
    await this.pool.query('vacuum (analyze) events');
  }

  /** The events of a stream, their content as objects. */
  async readStream(streamId) {
    // In array mode, which is the faster one.
    const query = { name: 'read_stream', text: READ_STREAM, values: [streamId], rowMode: 'array' };
    const { rows } = await this.pool.query(query);
    return rows.map(([position, stream, version, id, type, data, metadata, recordedAt]) => ({
      position: BigInt(position),
      streamId: stream,
      ...{ version, id, type, data, metadata, recordedAt },
    }));
  }

  #insert(rows) {
    const column = (name) => rows.map((row) => row[name]);
    const values = ['streamId', 'version', 'id', 'type', 'data', 'metadata'].map(column);
    return this.pool.query({ name: 'insert_many', text: INSERT_MANY, values });
  }
}
