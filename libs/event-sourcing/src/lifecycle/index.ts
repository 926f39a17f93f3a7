export type { Drainable, DrainOutcome } from './drainable.js';
export { ShuttingDownError } from './errors.js';
export { LifecycleModule } from './lifecycle.module.js';
export { SHUTDOWN_DEFAULTS, SHUTDOWN_OPTIONS, type ShutdownOptions, shutdownSchema } from './lifecycle.options.js';
export {
  SHUTDOWN_COMPLETED,
  SHUTDOWN_INITIATED,
  type ShutdownInitiated,
  type ShutdownPhase,
  type ShutdownResult,
} from './lifecycle.signals.js';
export { ShutdownDrain } from './shutdown-drain.js';
