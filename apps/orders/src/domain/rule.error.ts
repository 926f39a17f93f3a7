/** A rule of the domain does not allow this now; nothing has changed. Over HTTP it is a 422 with the `code`. */
export abstract class RuleError extends Error {
  abstract readonly code: string;
}
