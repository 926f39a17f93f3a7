import type { BatchFailed } from '../subscriptions.signals.js';
import type { ErrorCategory, ErrorSeverity } from './error-class.js';

/** A failure, as the app is told of it. What is said of the event is `undefined` where it is no event's, or not known to be. */
export interface ErrorInfo {
  readonly subscription: string;
  readonly eventId: string | undefined;
  /** Wire name of the event's type. */
  readonly eventType: string | undefined;
  /** Global position of the event. */
  readonly position: bigint | undefined;
  readonly streamId: string | undefined;
  /** What was thrown, as it was thrown. */
  readonly error: unknown;
  readonly category: ErrorCategory;
  readonly severity: ErrorSeverity;
  /** Whether another try may do better. */
  readonly retryable: boolean;
  /** Failed tries at the event before this one; where it is no event's, failures in a row before it. */
  readonly retryCount: number;
  /** The dead letter that holds the event; `undefined` where it is not in the dead letter queue. */
  readonly deadLetterId: string | undefined;
  readonly at: Date;
}

/** What a failure that was reported means to the app. */
export function errorInfoOf(fact: BatchFailed): ErrorInfo {
  const { subscription, eventId, eventType, position, streamId, error, category, severity } = fact;
  const { retryable, retryCount, deadLetterId, at } = fact;
  const event = { eventId, eventType, position, streamId };
  return { subscription, ...event, error, category, severity, retryable, retryCount, deadLetterId, at };
}
