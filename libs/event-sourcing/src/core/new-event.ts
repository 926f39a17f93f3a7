import type { EventMetadata } from './recorded-event.js';

/** What may be said of an event that is about to be appended; everything has a default. */
export interface NewEventOptions {
  /** UUID of the event. @default a new UUIDv7 */
  readonly id?: string;
  /** @default now */
  readonly occurredAt?: Date;
  /** Wins over what the surrounding context gives. */
  readonly metadata?: EventMetadata;
}

/** A domain event together with an id, a time or metadata of its own; `append` takes these and bare events alike. */
export class NewEvent<T extends object = object> {
  constructor(
    readonly data: T,
    readonly options: NewEventOptions = {},
  ) {}
}
