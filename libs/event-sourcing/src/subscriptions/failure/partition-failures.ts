import { fullJitterMs, type Instrumentation, type StoredEvent } from '../../core/index.js';
import type { EventFailure } from '../../dead-letter-queue/index.js';
import { safeErrorOf } from '../../logging/index.js';
import { GroupFailure, HandlerFailure } from '../delivery/batch-handler.js';
import { FencedError } from '../errors.js';
import type { ResolvedSubscriptionsOptions } from '../subscriptions.options.js';
import { BATCH_FAILED, type BatchFailed, CIRCUIT_BREAKER_CHANGED } from '../subscriptions.signals.js';
import { Circuit } from './circuit.js';
import { classifyError } from './error-class.js';
import { EventTrial } from './event-trial.js';
import { causeOf, failureOf } from './failure-report.js';

/** Longest rest while the database is away, in milliseconds: it is not to be spared as a failing handler is. */
const LONGEST_INFRASTRUCTURE_REST_MS = 5_000;

/** What was to be delivered when it failed, but for what is behind the checkpoint already. */
export interface FailedPage {
  readonly events: readonly StoredEvent[];
  readonly upTo: bigint;
  /** Whether nothing before the failing event was rolled back with it. */
  readonly isOneByOne: boolean;
}

/**
 * What follows a failure: `again`, as it was, after a rest; `singly`, event by event up to a position; `park` the event and
 * go on; or `stop`.
 */
export type Verdict =
  | { readonly next: 'again'; readonly error: unknown }
  | { readonly next: 'singly'; readonly upTo: bigint }
  | { readonly next: 'park' | 'stop'; readonly failure: HandlerFailure; readonly upTo: bigint };

/** What {@link PartitionFailures} work with. */
export interface PartitionFailuresParts {
  readonly subscription: string;
  readonly partition: number;
  readonly options: ResolvedSubscriptionsOptions;
  readonly instrumentation: Instrumentation;
}

/** The failures of one partition: judges what to do about each, counts them, and tells of them. */
export class PartitionFailures {
  readonly circuit: Circuit;
  private readonly trial: EventTrial;
  private inARow = 0;
  private last: string | undefined;

  constructor(private readonly parts: PartitionFailuresParts) {
    const { subscription, partition, options, instrumentation } = parts;
    this.trial = new EventTrial(options.maxRetries);
    this.circuit = new Circuit(options.circuitBreaker, (state) => {
      instrumentation.emit(CIRCUIT_BREAKER_CHANGED, { subscription, partition, state });
    });
  }

  /** Message of the last failure, without what nobody may read. */
  get lastError(): string | undefined {
    return this.last;
  }

  /** Every failed try at the event that is on trial, oldest first. */
  get tries(): readonly EventFailure[] {
    return this.trial.failures;
  }

  /** Says what to do about what failed; a failed try is charged to the event, where it is known to be its own. */
  judge(error: unknown, { events, upTo, isOneByOne }: FailedPage): Verdict {
    const { classifyError: own, continueOnError } = this.parts.options;
    const cause = causeOf(error);
    const { category, retryable } = classifyError(cause, own);
    const [event, ...others] = events;
    if (error instanceof FencedError || event === undefined || category === 'infrastructure') {
      return { next: 'again', error };
    }
    const failed = error instanceof HandlerFailure ? error.event : undefined;
    const isAlone = others.length === 0 || (isOneByOne && failed?.id === event.id);
    if (!isAlone) {
      this.report(error, 'retry', 0);
      return { next: 'singly', upTo: failed?.position ?? (error instanceof GroupFailure ? lastOf(error) : upTo) };
    }
    const failure = failed === undefined ? new HandlerFailure(event, { cause }) : (error as HandlerFailure);
    if (this.trial.record(event, cause, retryable)) return { next: 'again', error: failure };
    const passes = others.length === 0 ? upTo : event.position;
    return { next: continueOnError ? 'park' : 'stop', failure, upTo: passes };
  }

  /** Notes a failure that ends a turn, tells of it, and says how long to rest, in milliseconds. */
  restAfter(error: unknown): number {
    const { retryInitialDelayMs, retryMaxDelayMs, classifyError: own } = this.parts.options;
    const isInfrastructure = classifyError(causeOf(error), own).category === 'infrastructure';
    const longestMs = isInfrastructure ? Math.min(LONGEST_INFRASTRUCTURE_REST_MS, retryMaxDelayMs) : retryMaxDelayMs;
    const retryInMs = fullJitterMs(this.inARow + 1, Math.min(retryInitialDelayMs, longestMs), longestMs);
    this.report(error, 'retry', retryInMs);
    return retryInMs;
  }

  /** Tells of a failure. */
  report(error: unknown, next: BatchFailed['next'], retryInMs: number, deadLetterId?: string): void {
    const { subscription, partition, instrumentation, options } = this.parts;
    this.last = safeErrorOf(causeOf(error)).message;
    this.inARow += 1;
    const retryCount = error instanceof HandlerFailure ? this.trial.retriesOf(error.event) : this.inARow - 1;
    const about = { subscription, partition, during: 'delivery' as const, attempt: this.inARow };
    const failure = { ...about, retryCount, next, retryInMs, deadLetterId };
    instrumentation.emit(BATCH_FAILED, failureOf(error, options.classifyError, failure));
  }

  /** Something went right; what was failing is over. */
  over(): void {
    this.inARow = 0;
  }

  /** The event on trial is done with. */
  acquit(): void {
    this.inARow = 0;
    this.trial.clear();
  }
}

function lastOf({ events }: GroupFailure): bigint {
  return (events.at(-1) ?? events[0]).position;
}
