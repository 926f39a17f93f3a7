import { v7 } from 'uuid';
import { payload } from './payload.mjs';

/** Events of each seeded stream. */
const EVENTS_PER_STREAM = 10;
const CHUNK_STREAMS = 5_000;

/** Events that are written in one transaction. */
export const CHUNK = CHUNK_STREAMS * EVENTS_PER_STREAM;

/** What each column of the library's tables is filled with. */
export const EVENT_COLUMNS = {
  position: ({ position }) => position,
  stream_id: ({ stream }) => stream.id,
  version: ({ version }) => version,
  event_id: ({ position }) => v7({ msecs: Date.now(), seq: position }),
  type: () => 'bench.placed',
  schema_version: () => 1,
  category: () => 'order',
  tenant_id: () => null,
  partition_slot: ({ stream }) => stream.slot,
  data: ({ position }) => JSON.stringify(payload(position)),
  metadata: () => '{}',
  occurred_at: ({ now }) => now,
  recorded_at: ({ now }) => now,
};
export const STREAM_COLUMNS = {
  stream_id: ({ stream }) => stream.id,
  category: () => 'order',
  tenant_id: () => null,
  partition_slot: ({ stream }) => stream.slot,
  version: ({ version }) => version,
  created_at: ({ now }) => now,
};

/** The id of the stream that holds the n-th seeded event, counted from 0, of a store that was empty before. */
export function seededStream(n, events) {
  const before = Math.floor(n / CHUNK) * CHUNK;
  return streamId(before + ((n - before) % streamsOf(Math.min(CHUNK, events - before))));
}

/**
 * What a chunk of so many events behind a position consists of, for the functions of the columns: its streams by turns, so
 * that the events of one lie apart, as they do in life.
 */
export function chunkOf(after, events, partitionSlotOf) {
  const now = new Date().toISOString();
  const streams = Array.from({ length: streamsOf(events) }, (_, index) => {
    const id = streamId(after + index);
    return { id, slot: partitionSlotOf(id) };
  });
  const turns = Math.ceil(events / streams.length);
  return {
    events: function* () {
      for (let n = 0; n < events; n++) {
        const version = Math.floor(n / streams.length) + 1;
        yield { position: after + n + 1, stream: streams[n % streams.length], version, now };
      }
    },
    heads: function* () {
      // Of the last turn only the first streams have an event.
      const inLast = events - (turns - 1) * streams.length;
      for (const [index, stream] of streams.entries())
        yield { stream, version: index < inLast ? turns : turns - 1, now };
    },
  };
}

function streamsOf(events) {
  return Math.ceil(events / EVENTS_PER_STREAM);
}

function streamId(n) {
  return `order-seeded${n}`;
}
