import { defineSignal } from '../core/index.js';
import type { DrainOutcome } from './drainable.js';

/**
 * `stopping`: nothing more is taken. `draining`: what is under way ends. `checkpointing`: checkpoints are saved and leases
 * given back. `stopped`: all of it came to its end; `forced`: what was left of it was rolled back.
 */
export type ShutdownPhase = 'running' | 'stopping' | 'draining' | 'checkpointing' | 'stopped' | 'forced';

/** The app was told to end. */
export interface ShutdownInitiated {
  /** Name of the signal, or what `requestShutdown` was given. */
  readonly reason: string;
  /** Events under way. */
  readonly inFlight: number;
}

/** How the app ended. */
export interface ShutdownResult extends DrainOutcome {
  readonly phase: ShutdownPhase;
  readonly reason: string;
  readonly durationSeconds: number;
  /** Whether what was under way was cut short: by the time, a second signal or on request. */
  readonly forced: boolean;
  /** Events under way when the app was told to end. */
  readonly inFlightAtStart: number;
}

export const SHUTDOWN_INITIATED = defineSignal<ShutdownInitiated>('lifecycle.shutdown-initiated');
export const SHUTDOWN_COMPLETED = defineSignal<ShutdownResult>('lifecycle.shutdown-completed');
