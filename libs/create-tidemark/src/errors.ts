/** Why there is no app, or none that is ready. */
export type CreateErrorCode =
  | 'ANSWER_MISSING'
  | 'CANCELLED'
  | 'FOLDER_NOT_EMPTY'
  | 'INSTALL_FAILED'
  | 'INVALID_NAME'
  | 'NOT_WRITABLE'
  | 'TEMPLATE_MISSING';

/** What keeps an app from being made, in one line: what happened, and what to do. Unless it says so, nothing was written. */
export class CreateError extends Error {
  override readonly name = 'CreateError';

  constructor(
    readonly code: CreateErrorCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}
