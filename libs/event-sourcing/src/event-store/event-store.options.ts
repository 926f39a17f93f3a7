/** Options of the event store room. */
export interface EventStoreOptions {
  /** Events that a streaming read fetches at a time. 1 to 10,000. @default 500 */
  readonly readPageSize?: number;
}

/** What holds where the options say nothing. */
export const EVENT_STORE_DEFAULTS: Required<EventStoreOptions> = Object.freeze({ readPageSize: 500 });

/** Injection token of the room's {@link EventStoreOptions}. */
export const EVENT_STORE_OPTIONS = Symbol('tidemark.event-store-options');
