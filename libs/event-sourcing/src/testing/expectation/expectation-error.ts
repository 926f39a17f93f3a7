import { AssertionError } from 'node:assert';

/** What an expectation has to say where it is not met. */
export interface Unmet {
  readonly message: string;
  readonly actual: unknown;
  readonly expected: unknown;
  /** What was thrown in the place of what was expected. */
  readonly cause?: unknown;
}

/** Where an expectation stands in the test; taken before anything is awaited, which would lose it. */
export class CallSite {
  private readonly frames: string;

  /** @param below the function that the test called. */
  // eslint-disable-next-line @typescript-eslint/no-unsafe-function-type
  constructor(below: Function) {
    const at: { stack?: string } = {};
    Error.captureStackTrace(at, below);
    this.frames = (at.stack ?? '').split('\n').slice(1).join('\n');
  }

  /** An error that points here, with `actual` and `expected` for frameworks that print a difference. */
  unmet({ message, actual, expected, cause }: Unmet): AssertionError {
    const error = new AssertionError({ message, actual, expected, operator: 'deepStrictEqual' });
    // Node adds a difference of its own, which frameworks print once more.
    error.message = message;
    if (cause !== undefined) error.cause = cause;
    error.stack = `${error.name}: ${message}\n${this.frames}`;
    return error;
  }
}
