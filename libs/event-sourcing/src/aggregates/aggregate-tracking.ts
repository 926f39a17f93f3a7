import { DetachedAggregateError } from './errors.js';
import type { StreamHead } from './stream-fold.js';

// Kept outside of the instances, so that any class can be an aggregate and no field of ours gets into its way or into
// its snapshots. An entry goes when its instance does.
const heads = new WeakMap<object, StreamHead>();
const failures = new WeakMap<object, unknown>();

/** Notes where an aggregate stands in its stream. */
export function track(aggregate: object, head: StreamHead): void {
  heads.set(aggregate, head);
}

/** Where an aggregate stands in its stream; `undefined` where it was made with `new`. */
export function findHead(aggregate: object): StreamHead | undefined {
  return heads.get(aggregate);
}

/** Where an aggregate stands in its stream. Throws {@link DetachedAggregateError} where it was made with `new`. */
export function headOf(aggregate: object): StreamHead {
  const head = heads.get(aggregate);
  if (head === undefined) throw new DetachedAggregateError(aggregate.constructor.name);
  return head;
}

/** Notes that applying a new event failed half way, so that nobody knows what state the aggregate is in. */
export function noteFailure(aggregate: object, error: unknown): void {
  failures.set(aggregate, error);
}

/** Whether, and with what error, applying a new event failed. */
export function failureOf(aggregate: object): { readonly error: unknown } | undefined {
  return failures.has(aggregate) ? { error: failures.get(aggregate) } : undefined;
}
