/** What went wrong, as a stable word to switch on; the README's table says what to do about each. */
export type EmbeddedPostgresErrorCode =
  | 'INVALID_OPTION'
  | 'NO_BINARY'
  | 'NO_USER'
  | 'PORT_TAKEN'
  | 'DATA_DIR_IN_USE'
  | 'DATA_DIR_VERSION'
  | 'DATA_DIR_FOREIGN'
  | 'DATA_DIR_UNREACHABLE'
  | 'INIT_FAILED'
  | 'START_FAILED'
  | 'STOP_FAILED';

/** The only error this package throws on purpose: `code` to switch on, a message that says what to do, `cause` where there is one. */
export class EmbeddedPostgresError extends Error {
  override readonly name = 'EmbeddedPostgresError';

  constructor(
    readonly code: EmbeddedPostgresErrorCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** The `code` of a failed system call (`ENOENT`) or query (SQLSTATE), or an empty string for anything else. */
export function codeOf(error: unknown): string {
  // Not by `instanceof Error`: an error of Node's own is of another realm in a vm context, such as a test runner's.
  if (typeof error !== 'object' || error === null || !('code' in error)) return '';
  return typeof error.code === 'string' ? error.code : '';
}
