import type { EventMetadata, StoredEvent } from '../../core/index.js';

/** Correlation id of an event as a store keeps it; its own id, by which it begins one, where it has none. Never throws. */
export function correlationOfStored({ id, metadata }: Pick<StoredEvent, 'id' | 'metadata'>): string {
  return metadataOf(metadata).correlationId ?? id;
}

/** Trace parent of the append of an event as a store keeps it. Never throws. */
export function traceParentOfStored({ metadata }: Pick<StoredEvent, 'metadata'>): string | undefined {
  return metadataOf(metadata).traceParent;
}

function metadataOf(json: string): EventMetadata {
  try {
    return (JSON.parse(json) as EventMetadata | null) ?? {};
  } catch {
    // Undecodable, which may be the very failure that is told.
    return {};
  }
}
