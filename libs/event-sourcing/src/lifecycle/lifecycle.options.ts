import { z } from 'zod';
import { milliseconds } from '../core/index.js';

/** How the app ends. */
export interface ShutdownOptions {
  /** How long what is under way may go on after the app was told to end, before it is aborted and rolled back. In milliseconds. @default 30000 */
  readonly drainTimeoutMs?: number;
  /** How long all of it may take, checkpoints and leases included, before the app ends without waiting any longer. In milliseconds. @default 60000 */
  readonly shutdownTimeoutMs?: number;
}

/** What holds where the options say nothing. */
export const SHUTDOWN_DEFAULTS: Required<ShutdownOptions> = Object.freeze({
  drainTimeoutMs: 30_000,
  shutdownTimeoutMs: 60_000,
});

/** Checks the options of the room. */
export const shutdownSchema = z
  .strictObject({ drainTimeoutMs: milliseconds(0), shutdownTimeoutMs: milliseconds(0) })
  .refine(
    (given) => {
      const { drainTimeoutMs, shutdownTimeoutMs } = { ...SHUTDOWN_DEFAULTS, ...given };
      return drainTimeoutMs <= shutdownTimeoutMs;
    },
    { message: 'must not be greater than shutdownTimeoutMs', path: ['drainTimeoutMs'] },
  );

/** Injection token of the room's {@link ShutdownOptions}. */
export const SHUTDOWN_OPTIONS = Symbol('tidemark.shutdown-options');
