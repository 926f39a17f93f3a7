import { TidemarkError } from '../core/index.js';
import type { ExitCode } from './exit-code.js';

/** A command cannot do what it was asked for; the message is the one line that the user sees. */
export class CommandError extends TidemarkError {
  readonly code = 'COMMAND';

  constructor(
    readonly exitCode: ExitCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}
