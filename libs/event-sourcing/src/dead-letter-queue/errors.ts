import { TidemarkError } from '../core/index.js';
import type { DeadLetterState } from './dead-letter.js';

/** There is no dead letter of this id; it may have been purged. */
export class DeadLetterNotFoundError extends TidemarkError {
  readonly code = 'DEAD_LETTER_NOT_FOUND';

  constructor(readonly deadLetterId: string) {
    super(`There is no dead letter ${deadLetterId}. It may have been purged; list the letters that there are.`);
  }
}

/** The dead letter is in a state from which this cannot be done. Nothing was changed. */
export class DeadLetterStateError extends TidemarkError {
  readonly code = 'DEAD_LETTER_STATE';

  constructor(
    readonly deadLetterId: string,
    /** State that it is in. */
    readonly state: DeadLetterState,
    /** State that it was to get. */
    readonly wanted: DeadLetterState,
    /** States from which it could have got there. */
    readonly allowed: readonly DeadLetterState[],
  ) {
    super(
      `Dead letter ${deadLetterId} is '${state}' and cannot become '${wanted}'; ` +
        `only one that is ${allowed.map((name) => `'${name}'`).join(' or ')} can.`,
    );
  }
}
