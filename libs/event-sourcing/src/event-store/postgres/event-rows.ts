import type { StoredEvent } from '../../core/index.js';

/** A row of the events table. */
export interface EventRow {
  readonly position: bigint;
  readonly stream_id: string;
  readonly version: number;
  readonly event_id: string;
  readonly type: string;
  readonly schema_version: number;
  readonly category: string;
  readonly tenant_id: string | null;
  readonly partition_slot: number;
  readonly data: string;
  readonly metadata: string;
  readonly occurred_at: Date;
  readonly recorded_at: Date;
}

/** The stored event that a row holds. */
export function toStoredEvent(row: EventRow): StoredEvent {
  return {
    id: row.event_id,
    type: row.type,
    schemaVersion: row.schema_version,
    streamId: row.stream_id,
    category: row.category,
    version: row.version,
    position: row.position,
    tenantId: row.tenant_id ?? undefined,
    partitionSlot: row.partition_slot,
    data: row.data,
    metadata: row.metadata,
    occurredAt: row.occurred_at,
    recordedAt: row.recorded_at,
  };
}
