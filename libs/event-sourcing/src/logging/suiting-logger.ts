import { ConsoleLogger, Logger, type LoggerService } from '@nestjs/common';

/** What goes with the text of a line. */
export interface LineParts {
  readonly fields: Readonly<Record<string, unknown>>;
  readonly stack: string | undefined;
}

type Level = 'error' | 'warn' | 'log' | 'debug';
type Write = (text: string, parts: LineParts, context: string) => void;

/**
 * Nest's logger, but each line, a text and its {@link LineParts}, is handed to the app's logger in the form that suits that
 * one. Which it is turns out only when the line is written: Nest may hold lines back until the app has named its logger.
 */
export class SuitingLogger extends Logger {
  override get localInstance(): LoggerService {
    // Declared otherwise, but there is none where the log is switched off.
    const service = super.localInstance as LoggerService | undefined;
    const write = (level: Level): Write => {
      return (text, parts, context) => {
        service?.[level]?.(...argumentsFor(service, level, text, parts), context);
      };
    };
    return { error: write('error'), warn: write('warn'), log: write('log'), debug: write('debug') };
  }
}

function argumentsFor(
  service: LoggerService,
  level: Level,
  text: string,
  { fields, stack }: LineParts,
): [unknown, ...unknown[]] {
  if (isOfNestjsPino(service)) return [fields, text];
  if (!isPlainConsole(service)) return [text, fields];
  return level === 'error' ? [text, stack] : [text];
}

/** `Logger` of nestjs-pino takes fields first. Known by its form, for the package need not be there. */
function isOfNestjsPino(service: LoggerService): boolean {
  const inner = Reflect.get(service, 'logger') as Record<string, unknown> | null | undefined;
  const isPino = typeof inner?.setContext === 'function' && typeof inner.assign === 'function';
  // `NativeLogger` of the same package takes them as Nest has it.
  return isPino && !('structuredParams' in service);
}

/** Nest's own, for people: the text says it all. */
function isPlainConsole(service: LoggerService): boolean {
  if (!(service instanceof ConsoleLogger)) return false;
  const options = Reflect.get(service, 'options') as { readonly json?: boolean } | undefined;
  return options?.json !== true;
}
