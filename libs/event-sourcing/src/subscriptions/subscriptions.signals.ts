import { defineSignal } from '../core/index.js';
import type { CircuitBreakerState } from './failure/circuit.js';
import type { ErrorCategory, ErrorSeverity } from './failure/error-class.js';

/** A batch was handled and its checkpoint moved. */
export interface BatchHandled {
  readonly subscription: string;
  readonly partition: number;
  readonly eventCount: number;
  /** When each of the events was recorded, by the clock of the store. */
  readonly recordedAt: readonly Date[];
  readonly position: bigint;
  readonly durationSeconds: number;
}

/**
 * Something failed and was rolled back: a batch, the redrive of a dead letter, or what the engine stands on. What is
 * told of the event is `undefined` where the failure is no event's, or is not known to be.
 */
export interface BatchFailed {
  readonly subscription: string;
  readonly partition: number;
  readonly during: 'delivery' | 'redrive';
  readonly error: unknown;
  readonly eventId: string | undefined;
  /** Wire name of the event's type. */
  readonly eventType: string | undefined;
  /** Global position of the event. */
  readonly position: bigint | undefined;
  readonly streamId: string | undefined;
  /** What the event belongs to; its own id where it began that. */
  readonly correlationId: string | undefined;
  readonly category: ErrorCategory;
  readonly severity: ErrorSeverity;
  /** Whether another try may do better. */
  readonly retryable: boolean;
  /** Failures of the partition in a row, this one included. */
  readonly attempt: number;
  /** Failed tries that were charged to the event before this one; where it is no event's, failures in a row before it. */
  readonly retryCount: number;
  /** What follows: another try after `retryInMs`, the dead letter queue, or nothing until it is started again. */
  readonly next: 'retry' | 'park' | 'stop';
  readonly retryInMs: number;
  /** The letter that holds the event; for one that is parked now, told when that has been committed. */
  readonly deadLetterId: string | undefined;
  readonly at: Date;
}

/** A partition changed hands. */
export interface PartitionOwnership {
  readonly subscription: string;
  readonly partition: number;
  readonly epoch: bigint;
  readonly change: 'acquired' | 'lost' | 'released';
}

/** The circuit breaker of a partition opened, or is trying, or closed again. */
export interface CircuitBreakerChanged {
  readonly subscription: string;
  readonly partition: number;
  readonly state: CircuitBreakerState;
}

export const BATCH_HANDLED = defineSignal<BatchHandled>('subscriptions.batch-handled');
export const BATCH_FAILED = defineSignal<BatchFailed>('subscriptions.batch-failed');
export const PARTITION_OWNERSHIP = defineSignal<PartitionOwnership>('subscriptions.partition-ownership');
export const CIRCUIT_BREAKER_CHANGED = defineSignal<CircuitBreakerChanged>('subscriptions.circuit-breaker-changed');
