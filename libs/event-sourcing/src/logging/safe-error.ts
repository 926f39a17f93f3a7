import { describeError } from '../core/index.js';

/** What the log says of an error. */
export interface SafeError {
  /** Its name or class. */
  readonly type: string;
  readonly message: string;
  /** An SQLSTATE, or what else the error has as its code. */
  readonly code?: string;
  /** Constraint of the database that it broke. */
  readonly constraint?: string;
  readonly stack?: string;
}

/** PostgreSQL quotes the value itself in errors of this class: invalid input, out of range. */
const DATA_EXCEPTION = /^22/;

const CREDENTIALS = /\b([a-z][a-z\d+.-]*:\/\/)[^\s/?#"'<>]*@/gi;
const SECRET_PARAMETER = /\b(password|passwd|pwd|secret|token|api[_-]?key)(=|:\s*)("[^"]*"|'[^']*'|[^\s&"',;}]+)/gi;

/** The text without what looks like credentials: those of URLs, and values of parameters such as `password=`. */
export function safeText(text: string): string {
  return text.replace(CREDENTIALS, '$1***@').replace(SECRET_PARAMETER, '$1$2***');
}

/**
 * What may be written of an error, whatever it is; never throws. That is its class, message, code and stack: neither
 * `detail`, `where` and `internalQuery` of PostgreSQL, which quote rows, nor `query` and `parameters` of TypeORM.
 */
export function safeErrorOf(thrown: unknown): SafeError {
  const { errorClass: type, message: given, stack: trace } = describeError(thrown);
  const code = textOf(thrown, 'code');
  const message = safeMessage(given, code);
  // A stack begins with the message.
  const stack = trace === undefined ? undefined : safeText(given === '' ? trace : trace.replace(given, () => message));
  const constraint = textOf(thrown, 'constraint');
  return {
    type,
    message,
    ...(code !== undefined && { code }),
    ...(constraint !== undefined && { constraint }),
    ...(stack !== undefined && { stack }),
  };
}

function safeMessage(message: string, code: string | undefined): string {
  const withoutValues = code !== undefined && DATA_EXCEPTION.test(code) ? message.replace(/"[^]*"/g, '"…"') : message;
  return safeText(withoutValues);
}

function textOf(thrown: unknown, property: 'code' | 'constraint'): string | undefined {
  try {
    const value: unknown = (thrown as Record<string, unknown> | null | undefined)?.[property];
    return typeof value === 'string' && value !== '' ? value : undefined;
  } catch {
    // A getter of the app's that throws: there is no such thing, then.
    return undefined;
  }
}
