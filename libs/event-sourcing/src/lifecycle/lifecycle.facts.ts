import { defineFact } from '../logging/index.js';

export const SHUTDOWN_OVERDUE = defineFact(
  'shutdown.overdue',
  'warn',
  [],
  () => 'The time to shut down is over; what has not ended is left behind.',
);

export const SHUTDOWN_STEP_FAILED = defineFact(
  'shutdown.step-failed',
  'error',
  ['participant', 'error'],
  ({ participant, error }) => `The end of ${participant} failed: ${error}`,
);
