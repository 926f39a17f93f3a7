import { payloadRow } from '../payload.mjs';
import { UPSERT_ONE } from '../projections.mjs';
import { StreamRing, warmStreams } from '../streams.mjs';
import { openRawPg } from './raw-pg.mjs';

const LOCK_STREAM = `
  insert into streams as s (stream_id, version) values ($1, 1)
  on conflict (stream_id) do update set version = s.version + 1 returning version`;
const INSERT = `
  insert into events (stream_id, version, event_id, type, data, metadata) values ($1, $2, $3, $4, $5, $6)`;
const NEXT = `
  select position, stream_id, version, event_id, type, data, metadata, recorded_at
  from events where position > $1 order by position limit 1`;

/** The store that is written by hand first: a transaction per append, and a feed with a transaction per event. */
export async function openPerEventTransactions(context) {
  const raw = await openRawPg(context, 'per_event');
  await raw.pool.query('create table streams (stream_id text collate "C" primary key, version integer not null)');
  return new PerEventTransactions(raw.pool);
}

class PerEventTransactions {
  #ring = new StreamRing();

  constructor(pool) {
    this.pool = pool;
  }

  /** One event: the head of its stream, the event, commit. */
  async append() {
    const { streamId, n } = this.#ring.next();
    await inTransaction(this.pool, async (client) => {
      const { rows } = await client.query({ name: 'lock_stream', text: LOCK_STREAM, values: [streamId] });
      const [{ version }] = rows;
      const { id, type, data, metadata } = payloadRow(streamId, version, n);
      await client.query({ name: 'insert', text: INSERT, values: [streamId, version, id, type, data, metadata] });
    });
    return 1;
  }

  /** Gives each stream its first event. */
  async warm() {
    await warmStreams(this.#ring, () => this.append());
  }
}

/** The feed of it: the next event, its upsert and the checkpoint in one transaction, so many times. */
export async function catchUpOneByOne({ pool }, events) {
  await pool.query('create table if not exists cursors (name text primary key, position bigint not null)');
  await pool.query(`insert into cursors values ('one', 0) on conflict (name) do update set position = 0`);
  for (let done = 0; done < events; done++) await inTransaction(pool, handleNext);
}

async function handleNext(client) {
  const cursor = await client.query({
    name: 'cursor',
    text: `select position from cursors where name = 'one' for update`,
  });
  const next = await client.query({ name: 'next', text: NEXT, values: [cursor.rows[0].position] });
  const [{ position, stream_id: streamId, data }] = next.rows;
  await client.query({ name: 'upsert_one', text: UPSERT_ONE, values: [streamId, data.total] });
  await client.query({ name: 'move', text: `update cursors set position = $1 where name = 'one'`, values: [position] });
}

async function inTransaction(pool, work) {
  const client = await pool.connect();
  try {
    await client.query('begin');
    await work(client);
    await client.query('commit');
    client.release();
  } catch (error) {
    // With what it holds: this transaction is over.
    client.release(error);
    throw error;
  }
}
