import { type Instrumentation, InvalidArgumentError } from '../../core/index.js';
import { DEAD_LETTER_PARKED } from '../../dead-letter-queue/index.js';
import { FactLog } from '../../logging/index.js';
import { ERROR_LISTENER_FAILED } from '../subscriptions.facts.js';
import { BATCH_FAILED, type BatchFailed } from '../subscriptions.signals.js';
import { CATEGORIES, type ErrorCategory, type ErrorSeverity, SEVERITIES } from './error-class.js';
import { type ErrorInfo, errorInfoOf } from './error-info.js';
import { type ErrorStats, ErrorStatistics } from './error-statistics.js';

/** Told of a failure. Nothing waits for what it returns; what it throws or rejects with is logged. */
export type ErrorListener = (info: ErrorInfo) => unknown;

/** What {@link ErrorReporting} works with. */
export interface ErrorReportingParts {
  readonly instrumentation: Instrumentation;
  /** Names of the subscriptions that there are. */
  readonly names: () => readonly string[];
  /** Milliseconds that only ascend. @default performance.now */
  readonly clock?: () => number;
}

/** Tells the app of every failure of its subscriptions in this process, whichever path it took, and counts them. */
export abstract class ErrorReporting {
  private readonly reportingLog = new FactLog();
  private readonly listeners = new Set<(info: ErrorInfo) => void>();
  private readonly statistics = new Map<string, ErrorStatistics>();
  private readonly detachments: readonly (() => void)[];

  protected constructor(private readonly reporting: ErrorReportingParts) {
    const { instrumentation } = reporting;
    this.detachments = [
      instrumentation.on(BATCH_FAILED, (fact) => this.tell(fact)),
      instrumentation.on(DEAD_LETTER_PARKED, ({ subscription }) => this.statisticsOf(subscription).parked()),
    ];
  }

  /** Calls back at every failure, until the returned function is called. */
  onError(listener: ErrorListener): () => void {
    return this.listen(listener, () => true);
  }

  /** Calls back at every failure of a category, until the returned function is called. Throws `InvalidArgumentError`. */
  onErrorCategory(category: ErrorCategory, listener: ErrorListener): () => void {
    assertOneOf('category', category, CATEGORIES);
    return this.listen(listener, (info) => info.category === category);
  }

  /**
   * Calls back at every failure that is at least so severe (low, medium, high, critical), until the returned function is
   * called. Throws `InvalidArgumentError`.
   */
  onErrorSeverity(leastSeverity: ErrorSeverity, listener: ErrorListener): () => void {
    assertOneOf('leastSeverity', leastSeverity, SEVERITIES);
    const least = SEVERITIES.indexOf(leastSeverity);
    return this.listen(listener, ({ severity }) => SEVERITIES.indexOf(severity) >= least);
  }

  /** Counts of the failures in this process since it started. */
  getErrorStats(): ErrorStats {
    const names = new Set([...this.reporting.names(), ...this.statistics.keys()]);
    const subscriptions = [...names].map((name) => [name, this.statisticsOf(name).get()] as const);
    return {
      totalErrors: subscriptions.reduce((sum, [, { totalErrors }]) => sum + totalErrors, 0),
      totalDeadLetters: subscriptions.reduce((sum, [, { deadLetters }]) => sum + deadLetters, 0),
      subscriptions: Object.fromEntries(subscriptions),
    };
  }

  /** Hears of nothing any more and forgets who listens; what was counted stays. */
  protected endReporting(): void {
    for (const detach of this.detachments) detach();
    this.listeners.clear();
  }

  private listen(listener: ErrorListener, wants: (info: ErrorInfo) => boolean): () => void {
    if (typeof listener !== 'function') throw new InvalidArgumentError('listener', 'The listener is no function.');
    const listening = (info: ErrorInfo): void => {
      if (wants(info)) this.call(listener, info);
    };
    this.listeners.add(listening);
    return () => void this.listeners.delete(listening);
  }

  private tell(fact: BatchFailed): void {
    this.statisticsOf(fact.subscription).failed(fact);
    const info = Object.freeze(errorInfoOf(fact));
    // Those who come or go meanwhile do so for the next one.
    for (const listener of [...this.listeners]) listener(info);
  }

  private call(listener: ErrorListener, info: ErrorInfo): void {
    const log = (error: unknown): void => this.reportingLog.write(ERROR_LISTENER_FAILED, { error });
    try {
      // Whatever can be awaited counts as a promise, and may reject.
      Promise.resolve(listener(info)).catch(log);
    } catch (error) {
      log(error);
    }
  }

  private statisticsOf(subscription: string): ErrorStatistics {
    let statistics = this.statistics.get(subscription);
    if (statistics === undefined) {
      statistics = new ErrorStatistics(this.reporting.clock ?? (() => performance.now()));
      this.statistics.set(subscription, statistics);
    }
    return statistics;
  }
}

function assertOneOf(argument: string, value: unknown, values: readonly unknown[]): void {
  if (values.includes(value)) return;
  throw new InvalidArgumentError(argument, `There is no ${argument} '${String(value)}'; give ${values.join(', ')}.`);
}
