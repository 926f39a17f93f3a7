import { describeError } from '../core/index.js';

/** What a failed try at an event left behind. */
export interface EventFailure {
  readonly at: Date;
  readonly errorClass: string;
  readonly message: string;
  readonly stack: string | undefined;
}

const MAX_CLASS_LENGTH = 200;
const MAX_MESSAGE_LENGTH = 8_000;
const MAX_STACK_LENGTH = 32_000;

/** Describes whatever a handler threw: its name or else its class, its message and its stack. */
export function eventFailureOf(error: unknown, at: Date = new Date()): EventFailure {
  return { at, ...describeError(error) };
}

/** The failure with texts that every store takes and no longer than an operator reads; applied by the stores. */
export function storableFailure({ at, errorClass, message, stack }: EventFailure): EventFailure {
  return {
    at: new Date(at),
    errorClass: storableText(errorClass, MAX_CLASS_LENGTH),
    message: storableText(message, MAX_MESSAGE_LENGTH),
    stack: stack === undefined ? undefined : storableText(stack, MAX_STACK_LENGTH),
  };
}

// A message may quote the payload that made the trouble. Had the store to refuse it, the event could never be parked.
function storableText(text: string, maxLength: number): string {
  return text.slice(0, maxLength).replaceAll('\u0000', '\ufffd').toWellFormed();
}
