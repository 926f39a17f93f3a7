import type { StoredEvent } from '../../core/index.js';
import type { BatchHandle, SubscriptionDefinition } from '../subscription-definition.js';

/** Events that go to a handler in one call: one, or those in a row that the same batch handler takes. */
export interface EventGroup {
  readonly batchHandle: BatchHandle | undefined;
  readonly events: readonly [StoredEvent, ...StoredEvent[]];
}

/** Divides events into the calls that handle them, without changing their order. */
export function groupsOf(events: readonly StoredEvent[], definition: SubscriptionDefinition): readonly EventGroup[] {
  const groups: { batchHandle: BatchHandle | undefined; events: [StoredEvent, ...StoredEvent[]] }[] = [];
  for (const event of events) {
    const batchHandle = definition.batchHandleOf?.(event.type);
    const last = groups.at(-1);
    if (batchHandle !== undefined && last?.batchHandle === batchHandle) last.events.push(event);
    else groups.push({ batchHandle, events: [event] });
  }
  return groups;
}
