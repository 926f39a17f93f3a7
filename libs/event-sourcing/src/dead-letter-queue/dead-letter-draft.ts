import { v7 as uuidv7 } from 'uuid';
import type { StoredEvent } from '../core/index.js';
import type { DeadLetter } from './dead-letter.js';
import { type EventFailure, storableFailure } from './event-failure.js';

/** An event to put aside for a subscription. */
export interface EventToPark {
  readonly subscription: string;
  readonly partition: number;
  readonly event: Pick<StoredEvent, 'id' | 'position' | 'streamId' | 'version' | 'type' | 'tenantId'>;
  /** Every failed try, oldest first; none where the event queues behind an open letter of its stream. */
  readonly failures: readonly EventFailure[];
}

/** A dead letter as it goes into a store, which adds the state and the times. */
export type DeadLetterDraft = Omit<DeadLetter, 'state' | 'note' | 'parkedAt' | 'updatedAt'>;

/** Makes the letter of an event, with an id of its own; for stores. */
export function draftOf({ subscription, partition, event, failures }: EventToPark): DeadLetterDraft {
  const storable = failures.map(storableFailure);
  const { errorClass, message, stack } = storable.at(-1) ?? {};
  return {
    id: uuidv7(),
    subscription,
    partition,
    eventId: event.id,
    position: event.position,
    streamId: event.streamId,
    version: event.version,
    type: event.type,
    tenantId: event.tenantId,
    reason: failures.length === 0 ? 'queued-behind' : 'failed',
    errorClass,
    message,
    stack,
    attempts: storable.map((failure) => ({
      at: failure.at,
      errorClass: failure.errorClass,
      message: failure.message,
      kind: 'handling',
    })),
  };
}
