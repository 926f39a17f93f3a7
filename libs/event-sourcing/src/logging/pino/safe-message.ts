import { safeErrorOf, safeText } from '../safe-error.js';

type LogMethod = (...line: unknown[]) => void;

/**
 * A hook of pino that makes messages safe: pino takes that of an error over as it is, past every serializer. Texts lose what
 * looks like credentials; of an error that is logged without a text, the message is what {@link safeErrorOf} says.
 */
export function safeMessage(this: unknown, line: unknown[], method: LogMethod): void {
  method.apply(this, safeLine(line));
}

function safeLine([first, ...others]: readonly unknown[]): unknown[] {
  if (typeof first === 'string') return [safeText(first), ...others];
  const [text, ...more] = others;
  if (typeof text === 'string') return [first, safeText(text), ...more];
  const error = first instanceof Error ? first : errorOf(first);
  return text === undefined && error !== undefined ? [first, safeErrorOf(error).message] : [first, ...others];
}

function errorOf(fields: unknown): Error | undefined {
  const error: unknown = typeof fields === 'object' && fields !== null ? Reflect.get(fields, 'err') : undefined;
  return error instanceof Error ? error : undefined;
}
