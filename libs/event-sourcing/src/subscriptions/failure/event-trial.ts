import type { StoredEvent } from '../../core/index.js';
import { type EventFailure, eventFailureOf } from '../../dead-letter-queue/index.js';

/** Counts the failed tries at the one event that a partition stands before, and says when it is enough. */
export class EventTrial {
  private eventId: string | undefined;
  private failed: EventFailure[] = [];

  /** @param maxRetries tries after the first. */
  constructor(private readonly maxRetries: number) {}

  /** Every failed try at the event, oldest first. */
  get failures(): readonly EventFailure[] {
    return this.failed;
  }

  /** Records a failed try; `true` where another one is left. */
  record(event: StoredEvent, error: unknown, retryable: boolean): boolean {
    if (event.id !== this.eventId) this.clear();
    this.eventId = event.id;
    this.failed.push(eventFailureOf(error));
    return retryable && this.failed.length <= this.maxRetries;
  }

  /** Failed tries at an event before the newest; 0 for one that is not on trial. */
  retriesOf(event: StoredEvent): number {
    return event.id === this.eventId ? Math.max(0, this.failed.length - 1) : 0;
  }

  /** Forgets the event; it is done with. */
  clear(): void {
    this.eventId = undefined;
    this.failed = [];
  }
}
