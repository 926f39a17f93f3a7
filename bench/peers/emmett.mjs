import { getPostgreSQLEventStore } from '@event-driven-io/emmett-postgresql';
import { payload } from '../payload.mjs';
import { StreamRing, warmStreams } from '../streams.mjs';

/** The peer's event store as its documentation has it, on a pool of the same size as everybody's. */
export async function openEmmett(context, label = 'emmett') {
  const url = await context.database(label);
  const pool = context.pool(url);
  const store = getPostgreSQLEventStore(url, {
    schema: { autoMigration: 'None' },
    connectionOptions: { pool },
  });
  await store.schema.migrate();
  context.onClose(() => store.close());
  return new Emmett(url, store);
}

class Emmett {
  #ring = new StreamRing();

  constructor(url, store) {
    this.url = url;
    this.store = store;
  }

  /** So many events to one stream by one append. */
  async append(events = 1) {
    const { streamId, n } = this.#ring.next(events);
    await this.store.appendToStream(
      streamId,
      Array.from({ length: events }, (_, index) => ({ type: 'bench.placed', data: payload(n + index) })),
    );
    return events;
  }

  /** Gives each stream its first event. */
  async warm() {
    await warmStreams(this.#ring, () => this.append());
  }

  /** All events of a stream. */
  async readStream(streamId) {
    const { events } = await this.store.readStream(streamId);
    return events;
  }
}
