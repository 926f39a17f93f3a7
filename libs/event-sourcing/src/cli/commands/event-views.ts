import type { StoredEvent } from '../../core/index.js';

/** An event as `--json` shows it; payload and metadata only where they were asked for. */
export function eventJson(event: StoredEvent, withData: boolean): object {
  const { id, position, type, schemaVersion, streamId, version, tenantId, occurredAt, recordedAt } = event;
  return {
    position,
    id,
    type,
    schemaVersion,
    streamId,
    version,
    tenantId: tenantId ?? null,
    occurredAt,
    recordedAt,
    ...(withData && { data: parsed(event.data), metadata: parsed(event.metadata) }),
  };
}

function parsed(json: string): unknown {
  return JSON.parse(json);
}
