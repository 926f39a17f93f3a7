import { UndecodableEventError, UnknownEventTypeError } from '../../core/index.js';
import { isConnectionError, sqlStateOf } from '../../database/index.js';
import { FactLog } from '../../logging/index.js';
import { HandlerNotAwaitedError, ProcessingTimeoutError } from '../errors.js';
import { CLASSIFIER_FAILED } from '../subscriptions.facts.js';

/** What kind of failure an error stands for. `infrastructure` is nobody's fault here and never charged to an event. */
export type ErrorCategory = 'transient' | 'permanent' | 'infrastructure' | 'application' | 'unknown';

/** How bad a failure is, least first. */
export type ErrorSeverity = 'low' | 'medium' | 'high' | 'critical';

/** What an error means for the event that it came up with. */
export interface ErrorClass {
  readonly category: ErrorCategory;
  readonly severity: ErrorSeverity;
  /** Whether another try may do better. */
  readonly retryable: boolean;
}

/**
 * A user's own view of an error. Severity and whether to try again are those of the category that it names, where it
 * does not say; where it names none, or gives nothing, the category is as {@link classifyError} has it.
 */
export type ErrorClassifier = (error: unknown) => Partial<ErrorClass> | undefined;

const CLASSES = Object.freeze({
  infrastructure: { category: 'infrastructure', severity: 'high', retryable: true },
  transient: { category: 'transient', severity: 'low', retryable: true },
  permanent: { category: 'permanent', severity: 'high', retryable: false },
  application: { category: 'application', severity: 'medium', retryable: true },
  unknown: { category: 'unknown', severity: 'medium', retryable: true },
} as const satisfies Record<ErrorCategory, ErrorClass>);

/** Lock conflicts, serialization failures, deadlocks, cancelled statements: the next try may well succeed. */
const TRANSIENT_SQLSTATE = /^(40|55|57)/;

/** Data that does not fit, violated constraints, wrong SQL: the next try meets the same. */
const PERMANENT_SQLSTATE = /^(22|23|42)/;

/** What only a change of the code or of the event can mend. */
const PERMANENT_ERRORS = [UndecodableEventError, UnknownEventTypeError, HandlerNotAwaitedError] as const;

/** The categories. */
export const CATEGORIES: readonly ErrorCategory[] = Object.freeze(Object.keys(CLASSES) as ErrorCategory[]);

/** The severities, least first. */
export const SEVERITIES: readonly ErrorSeverity[] = Object.freeze(['low', 'medium', 'high', 'critical'] as const);

/**
 * Says what an error means, by its class and its SQLSTATE, or as `own` sees it. Never throws, whatever the error is; of
 * what `own` says only what is usable counts, and nothing where it throws.
 */
export function classifyError(error: unknown, own: ErrorClassifier = () => undefined): ErrorClass {
  const said = saidBy(own, error);
  const byCategory = CLASSES[isCategory(said.category) ? said.category : categoryOf(error)];
  return {
    category: byCategory.category,
    severity: isSeverity(said.severity) ? said.severity : byCategory.severity,
    retryable: typeof said.retryable === 'boolean' ? said.retryable : byCategory.retryable,
  };
}

function isCategory(value: unknown): value is ErrorCategory {
  return (CATEGORIES as readonly unknown[]).includes(value);
}

function isSeverity(value: unknown): value is ErrorSeverity {
  return (SEVERITIES as readonly unknown[]).includes(value);
}

function saidBy(own: ErrorClassifier, error: unknown): Partial<ErrorClass> {
  try {
    return { ...own(error) };
  } catch (error) {
    // The failure that is being classified is what counts; it must not be lost over another.
    new FactLog().write(CLASSIFIER_FAILED, { error });
    return {};
  }
}

function categoryOf(error: unknown): ErrorCategory {
  try {
    return knownCategoryOf(error);
  } catch {
    // It cannot even be looked at: a getter or a proxy that throws.
    return 'unknown';
  }
}

function knownCategoryOf(error: unknown): ErrorCategory {
  if (isConnectionError(error)) return 'infrastructure';
  if (PERMANENT_ERRORS.some((type) => error instanceof type)) return 'permanent';
  if (error instanceof ProcessingTimeoutError) return 'transient';
  const state = sqlStateOf(error);
  if (state !== undefined && TRANSIENT_SQLSTATE.test(state)) return 'transient';
  if (state !== undefined && PERMANENT_SQLSTATE.test(state)) return 'permanent';
  return error instanceof Error ? 'application' : 'unknown';
}
