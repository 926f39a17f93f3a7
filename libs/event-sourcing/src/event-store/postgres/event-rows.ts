import type { StoredEvent } from '../../core/index.js';

/** The columns of a row of the events table, in the order of {@link EventRow}. */
export const EVENT_COLUMNS =
  'position, stream_id, version, event_id, type, schema_version, category, tenant_id, partition_slot, ' +
  'data, metadata, occurred_at, recorded_at';

/** A row of the events table, as an array: there are many, and each becomes an object of its own kind anyway. */
export type EventRow = readonly [
  position: bigint,
  streamId: string,
  version: number,
  eventId: string,
  type: string,
  schemaVersion: number,
  category: string,
  tenantId: string | null,
  partitionSlot: number,
  data: string,
  metadata: string,
  occurredAt: Date,
  recordedAt: Date,
];

/** The stored event that a row holds. */
export function toStoredEvent(row: EventRow): StoredEvent {
  return {
    id: row[3],
    type: row[4],
    schemaVersion: row[5],
    streamId: row[1],
    category: row[6],
    version: row[2],
    position: row[0],
    tenantId: row[7] ?? undefined,
    partitionSlot: row[8],
    data: row[9],
    metadata: row[10],
    occurredAt: row[11],
    recordedAt: row[12],
  };
}
