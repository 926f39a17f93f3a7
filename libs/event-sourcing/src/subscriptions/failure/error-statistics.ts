import { describeError } from '../../core/index.js';
import type { BatchFailed } from '../subscriptions.signals.js';
import type { ErrorCategory } from './error-class.js';
import { SlidingCount } from './sliding-count.js';

/** Failures of one subscription in this process, since it started. */
export interface SubscriptionErrorStats {
  /** Every failed try, of whatever category. */
  readonly totalErrors: number;
  /** Of category `transient`. */
  readonly transientErrors: number;
  /** Of category `permanent`. */
  readonly permanentErrors: number;
  /** Those that another try followed. */
  readonly retriedErrors: number;
  /** Events put into the dead letter queue, those included that only queue behind another one. */
  readonly deadLetters: number;
  /** By class of the error: the first 50 by name, all further ones under `other`. */
  readonly errorsByType: Readonly<Record<string, number>>;
  readonly errorsByCategory: Readonly<Record<ErrorCategory, number>>;
  readonly firstErrorAt: Date | undefined;
  readonly lastErrorAt: Date | undefined;
  /** Errors of the last 60 seconds. */
  readonly errorRatePerMinute: number;
}

/** Failures of all subscriptions in this process, since it started. */
export interface ErrorStats {
  readonly totalErrors: number;
  readonly totalDeadLetters: number;
  /** By name, those without any error included. */
  readonly subscriptions: Readonly<Record<string, SubscriptionErrorStats>>;
}

const MAX_TYPES = 50;
const MAX_TYPE_LENGTH = 200;
const NO_ERRORS: Readonly<Record<ErrorCategory, number>> = Object.freeze({
  transient: 0,
  permanent: 0,
  infrastructure: 0,
  application: 0,
  unknown: 0,
});

/** Counts the failures of a subscription. Takes no more room however many there are. */
export class ErrorStatistics {
  private totalErrors = 0;
  private retriedErrors = 0;
  private deadLetters = 0;
  private readonly byType = new Map<string, number>();
  private readonly byCategory = { ...NO_ERRORS };
  private firstErrorAt: Date | undefined;
  private lastErrorAt: Date | undefined;
  private readonly recent: SlidingCount;

  /** @param clock milliseconds that only ascend. */
  constructor(clock: () => number) {
    this.recent = new SlidingCount(clock);
  }

  failed({ error, category, next, at }: BatchFailed): void {
    this.totalErrors += 1;
    if (next === 'retry') this.retriedErrors += 1;
    this.byCategory[category] += 1;
    const errorClass = describeError(error).errorClass.slice(0, MAX_TYPE_LENGTH);
    const type = this.byType.has(errorClass) || this.byType.size < MAX_TYPES ? errorClass : 'other';
    this.byType.set(type, (this.byType.get(type) ?? 0) + 1);
    this.firstErrorAt ??= at;
    this.lastErrorAt = at;
    this.recent.add();
  }

  parked(): void {
    this.deadLetters += 1;
  }

  /** What was counted up to now; a copy. */
  get(): SubscriptionErrorStats {
    const { totalErrors, retriedErrors, deadLetters, firstErrorAt, lastErrorAt } = this;
    return {
      totalErrors,
      transientErrors: this.byCategory.transient,
      permanentErrors: this.byCategory.permanent,
      retriedErrors,
      deadLetters,
      errorsByType: Object.fromEntries(this.byType),
      errorsByCategory: { ...this.byCategory },
      firstErrorAt,
      lastErrorAt,
      errorRatePerMinute: this.recent.perMinute(),
    };
  }
}
