import { AsyncLocalStorage } from 'node:async_hooks';
import type { EventMetadata } from './recorded-event.js';

/** What a subscription is handling. */
export interface Handling {
  readonly subscription: string;
  readonly partition: number;
  /** The event, where it is a single one. */
  readonly eventId?: string;
  /** The stream, where it is a single one. */
  readonly streamId?: string;
}

/** What flows from a request, a command or a handled event into the metadata of every event that it brings about. */
export interface EventContextValues extends EventMetadata {
  /** Tenant that new streams belong to and that reads are limited to where they ask for it. */
  readonly tenantId?: string;
  /** Set while a handler of a subscription runs; goes into log lines, never into metadata. */
  readonly handling?: Handling;
}

/** Carries {@link EventContextValues} along asynchronous calls. Each app has its own. */
export class EventContext {
  private readonly storage = new AsyncLocalStorage<EventContextValues>();

  /** The values here and now, empty outside of any {@link run}. */
  current(): EventContextValues {
    return this.storage.getStore() ?? {};
  }

  /** Runs `work` with `values` laid over the current ones. */
  run<T>(values: EventContextValues, work: () => T): T {
    return this.storage.run({ ...this.current(), ...values }, work);
  }

  /** The current values that belong into an event's metadata. */
  metadata(): EventMetadata {
    const { tenantId: _tenantId, handling: _handling, ...metadata } = this.current();
    return metadata;
  }
}
