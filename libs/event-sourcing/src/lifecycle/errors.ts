import { TidemarkError } from '../core/index.js';

/** The app is ending and begins nothing any more. */
export class ShuttingDownError extends TidemarkError {
  readonly code = 'SHUTTING_DOWN';

  constructor(
    /** What was not begun, or not waited for any longer. */
    readonly what: string,
  ) {
    super(`The app is shutting down: ${what}. Do it in a process that runs.`);
  }
}
