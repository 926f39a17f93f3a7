import { z } from 'zod';
import { count, milliseconds } from '../core/index.js';
import type { ErrorClassifier } from './failure/error-class.js';
import type { Assignment } from './ownership/assignment.js';

/**
 * When the checkpoint moves: after each event, after each batch, or every `checkpointIntervalMs`. For a projection it decides
 * the size of the transaction, never whether it is atomic; for a subscriber, how much comes again after a crash.
 */
export type CheckpointStrategy = 'every_event' | 'every_batch' | 'periodic';

/** When a partition pauses because nothing goes right any more. */
export interface CircuitBreakerOptions {
  /** Events in a row that were given up, with none handled in between, until it pauses. @default 5 */
  readonly threshold?: number;
  /** How long it then takes nothing from the feed, in milliseconds. @default 30000 */
  readonly resetMs?: number;
  /** Events that it takes to try whether things go right again. @default 1 */
  readonly halfOpenMax?: number;
}

/** What a single subscription may do differently from the others of the app. */
export interface SubscriptionTuning {
  /** Events that a batch has at most. 1 to 10,000. @default 100 */
  readonly batchSize?: number;
  /**
   * Events of one subscription that this process has taken from the feed and whose checkpoint has not moved yet, over all its
   * partitions, read-ahead included; at least one for a partition to go on. 1 to 1,000,000. @default 1000
   */
  readonly maxInFlight?: number;
  /** When the checkpoint moves. @default 'every_batch' */
  readonly checkpointStrategy?: CheckpointStrategy;
  /** Longest time between two checkpoints of the strategy `periodic`, in milliseconds; at the head it moves at once. @default 5000 */
  readonly checkpointIntervalMs?: number;
  /** How long one event, or one call of a batch handler, may take before it is aborted, in milliseconds. @default 30000 */
  readonly processingTimeoutMs?: number;
  /** How often an event that fails is tried again before it is given up. Trouble with the database does not count. @default 5 */
  readonly maxRetries?: number;
  /**
   * What becomes of an event that is given up: `true` parks it in the dead letter queue, later events of its stream queue
   * behind it, and all others go on; `false` stops the subscription there. @default true
   */
  readonly continueOnError?: boolean;
}

/** Options of the subscriptions room. */
export interface SubscriptionsOptions extends SubscriptionTuning {
  /** Whether this process runs subscriptions at all; `false` for one that only serves HTTP. @default true */
  readonly workers?: boolean;
  /** Names of the subscriptions that this process runs, where it is not to run all. @default all */
  readonly only?: readonly string[];
  /**
   * Which partitions this process works on: `'automatic'` for its fair share of those alive, or `{ index, total }` for the
   * partitions p with `p % total === index`. Processes that run a subscription must all have the same total.
   * @default 'automatic'
   */
  readonly assignment?: Assignment;
  /** Shortest rest between two looks at the feed while nothing comes, in milliseconds. @default 50 */
  readonly minPollIntervalMs?: number;
  /** Longest rest; the interval doubles up to it while nothing comes. In milliseconds. @default 1000 */
  readonly maxPollIntervalMs?: number;
  /** How long a process that has died keeps its partitions, in milliseconds; renewed at a third of it. @default 4000 */
  readonly leaseTtlMs?: number;
  /** When a partition pauses because nothing goes right any more; it never skips, and redrives go on. `false`: never. */
  readonly circuitBreaker?: CircuitBreakerOptions | false;
  /** A view of one's own on errors: category, severity, whether to try again. @default by class and SQLSTATE */
  readonly classifyError?: ErrorClassifier;
  /** First rest after a failed batch, in milliseconds; doubles with full jitter. @default 1000 */
  readonly retryInitialDelayMs?: number;
  /** Longest rest after failed batches, in milliseconds; 5 seconds at the most while the database is away. @default 60000 */
  readonly retryMaxDelayMs?: number;
  /** How long handlers may go on when they are told to stop, before their signal is aborted; of the app, `shutdown` says it. In milliseconds. @default 30000 */
  readonly drainTimeoutMs?: number;
}

/** Checks what a subscription may tune for itself. */
export const tuningSchema = z.strictObject({
  batchSize: count(10_000),
  maxInFlight: count(1_000_000),
  checkpointStrategy: z.enum(['every_event', 'every_batch', 'periodic']).optional(),
  checkpointIntervalMs: milliseconds(1),
  processingTimeoutMs: milliseconds(1),
  maxRetries: z.number().int().min(0).max(1_000).optional(),
  continueOnError: z.boolean().optional(),
});

const fixedShare = z.strictObject({ index: z.number().int().min(0), total: z.number().int().min(1) });
const assignment = z.custom<Assignment>(
  (value) => {
    if (value === 'automatic') return true;
    const { success, data } = fixedShare.safeParse(value);
    return success && data.index < data.total;
  },
  { message: "must be 'automatic' or { index, total }, whole numbers with index from 0 to total - 1" },
);

/** Checks the options of the room, but for `workers` and `drainTimeoutMs`, which the app says at its top. */
export const subscriptionsSchema = tuningSchema
  .extend({
    only: z.array(z.string()).min(1, 'names no subscription; leave it out to run all').optional(),
    assignment: assignment.optional(),
    minPollIntervalMs: milliseconds(1),
    maxPollIntervalMs: milliseconds(1),
    leaseTtlMs: milliseconds(100),
    circuitBreaker: z
      .union([
        z.literal(false),
        z.strictObject({ threshold: count(1_000_000), resetMs: milliseconds(1), halfOpenMax: count(10_000) }),
      ])
      .optional(),
    classifyError: z
      .custom<ErrorClassifier>((value) => typeof value === 'function', { message: 'must be a function' })
      .optional(),
    retryInitialDelayMs: milliseconds(1),
    retryMaxDelayMs: milliseconds(1),
  })
  .refine(({ minPollIntervalMs = 50, maxPollIntervalMs = 1_000 }) => minPollIntervalMs <= maxPollIntervalMs, {
    message: 'must not be greater than maxPollIntervalMs',
    path: ['minPollIntervalMs'],
  });

/** The options with defaults filled in. */
export type ResolvedSubscriptionsOptions = Required<
  Omit<SubscriptionsOptions, 'classifyError' | 'circuitBreaker' | 'only'>
> &
  Pick<SubscriptionsOptions, 'classifyError' | 'only'> & {
    readonly circuitBreaker: Required<CircuitBreakerOptions> | false;
  };

/** What holds where the options say nothing. */
const DEFAULTS: ResolvedSubscriptionsOptions = Object.freeze({
  workers: true,
  assignment: 'automatic',
  batchSize: 100,
  maxInFlight: 1_000,
  checkpointStrategy: 'every_batch',
  checkpointIntervalMs: 5_000,
  minPollIntervalMs: 50,
  maxPollIntervalMs: 1_000,
  leaseTtlMs: 4_000,
  processingTimeoutMs: 30_000,
  maxRetries: 5,
  continueOnError: true,
  circuitBreaker: Object.freeze({ threshold: 5, resetMs: 30_000, halfOpenMax: 1 }),
  retryInitialDelayMs: 1_000,
  retryMaxDelayMs: 60_000,
  drainTimeoutMs: 30_000,
});

/** Fills in the defaults. */
export function resolveSubscriptionsOptions(given: SubscriptionsOptions): ResolvedSubscriptionsOptions {
  const { circuitBreaker: breaker, ...rest } = given;
  const { circuitBreaker: byDefault } = DEFAULTS;
  const circuitBreaker = breaker === false || byDefault === false ? false : { ...byDefault, ...breaker };
  return { ...DEFAULTS, ...rest, circuitBreaker };
}

/**
 * How long the locks of a batch outlive a process that is frozen or cut off in it, in milliseconds: about as long as its
 * lease, but not so short that a handler which keeps the event loop busy looks like one.
 */
export function batchIdleTimeoutMs({ leaseTtlMs, processingTimeoutMs }: ResolvedSubscriptionsOptions): number {
  return Math.max(leaseTtlMs, Math.ceil(processingTimeoutMs / 3));
}

/** Injection token of the room's {@link SubscriptionsOptions}. */
export const SUBSCRIPTIONS_OPTIONS = Symbol('tidemark.subscriptions-options');
