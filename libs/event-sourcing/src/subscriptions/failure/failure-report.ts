import { GroupFailure, HandlerFailure } from '../delivery/batch-handler.js';
import { correlationOfStored } from '../delivery/stored-metadata.js';
import type { BatchFailed } from '../subscriptions.signals.js';
import { classifyError, type ErrorClassifier } from './error-class.js';

type OfError =
  | 'error'
  | 'eventId'
  | 'eventType'
  | 'position'
  | 'streamId'
  | 'correlationId'
  | 'category'
  | 'severity'
  | 'retryable'
  | 'at';

/** What a handler threw, where it was a handler. */
export function causeOf(error: unknown): unknown {
  return error instanceof HandlerFailure || error instanceof GroupFailure ? error.cause : error;
}

/** The fact to report of a failure: what is known from the error, and the rest. */
export function failureOf(
  error: unknown,
  own: ErrorClassifier | undefined,
  about: Omit<BatchFailed, OfError>,
): BatchFailed {
  const event = error instanceof HandlerFailure ? error.event : undefined;
  const cause = causeOf(error);
  return {
    ...about,
    ...classifyError(cause, own),
    error: cause,
    eventId: event?.id,
    eventType: event?.type,
    position: event?.position,
    streamId: event?.streamId,
    correlationId: event && correlationOfStored(event),
    at: new Date(),
  };
}
