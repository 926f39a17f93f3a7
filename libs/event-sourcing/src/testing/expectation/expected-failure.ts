import { inspect, isDeepStrictEqual } from 'node:util';
import { InvalidArgumentError } from '../../core/index.js';

/** The class of an error; abstract ones too. */
type ErrorClass = abstract new (...args: never[]) => Error;

/**
 * What an error is expected to be: its class, a part of its message, a pattern of the message, fields that it has
 * (`{ code: 'SOLD_OUT' }`), or what a function says of it.
 */
export type ExpectedFailure = ErrorClass | string | RegExp | Readonly<Record<string, unknown>> | ErrorPredicate;

/** Says whether an error is the expected one. */
export type ErrorPredicate = (error: unknown) => boolean;

/** Whether an error is what was expected. Throws `InvalidArgumentError` for an expectation that anything would meet. */
export function isExpectedFailure(error: unknown, expected: ExpectedFailure): boolean {
  if (expected instanceof RegExp) return new RegExp(expected).test(messageOf(error));
  if (typeof expected === 'string') {
    if (expected !== '') return messageOf(error).includes(expected);
    throw emptyExpectation("''");
  }
  if (isErrorClass(expected)) return error instanceof expected;
  if (typeof expected === 'function') return expected(error);
  return hasFields(error, expected);
}

/** An expectation in words. */
export function textOfFailure(expected: ExpectedFailure): string {
  if (isErrorClass(expected)) return `an error of class ${expected.name}`;
  if (typeof expected === 'string') return `an error with '${expected}' in its message`;
  if (expected instanceof RegExp) return `an error whose message matches ${String(expected)}`;
  if (typeof expected === 'function') return 'an error that the given function accepts';
  return `an error with ${inspect(expected, { breakLength: Infinity })}`;
}

/** An error in words. */
export function textOfError(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : inspect(error, { breakLength: Infinity });
}

function hasFields(error: unknown, fields: Readonly<Record<string, unknown>>): boolean {
  const names = Object.keys(fields);
  if (names.length === 0) throw emptyExpectation('{}');
  if (typeof error !== 'object' || error === null) return false;
  return names.every((name) => isDeepStrictEqual((error as Record<string, unknown>)[name], fields[name]));
}

function emptyExpectation(given: string): InvalidArgumentError {
  return new InvalidArgumentError('expected', `Every error would meet ${given}; say which one is expected.`);
}

function isErrorClass(expected: ExpectedFailure): expected is ErrorClass {
  if (typeof expected !== 'function') return false;
  return expected === Error || (expected.prototype as unknown) instanceof Error;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
