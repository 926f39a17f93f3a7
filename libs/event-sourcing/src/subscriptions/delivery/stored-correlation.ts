import type { EventMetadata, StoredEvent } from '../../core/index.js';

/** Correlation id of an event as a store keeps it; its own id, by which it begins one, where it has none. Never throws. */
export function correlationOfStored({ id, metadata }: Pick<StoredEvent, 'id' | 'metadata'>): string {
  try {
    return (JSON.parse(metadata) as EventMetadata | null)?.correlationId ?? id;
  } catch {
    // Undecodable, which may be the very failure that is told.
    return id;
  }
}
