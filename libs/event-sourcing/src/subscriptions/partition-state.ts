import type { CircuitBreakerState } from './failure/circuit.js';

/** `standby`: another process owns the partition. `paused`: by an operator. `failed`: it met an event that it may not pass, and waits to be started again. */
export type PartitionState =
  'starting' | 'standby' | 'paused' | 'catching_up' | 'live' | 'retrying' | 'failed' | 'stopped';

/** How a partition stands in this process. */
export interface RunnerStatus {
  readonly state: PartitionState;
  /** Up to here everything is handled; `undefined` where the partition is not owned. */
  readonly position: bigint | undefined;
  readonly circuit: CircuitBreakerState;
  readonly lastError: string | undefined;
}
