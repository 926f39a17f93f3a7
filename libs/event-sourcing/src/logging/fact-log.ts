import type { Logger } from '@nestjs/common';
import type { FactFields, LogFact } from './log-fact.js';
import { type SafeError, safeErrorOf } from './safe-error.js';
import { SuitingLogger } from './suiting-logger.js';

/**
 * Writes facts to the app's log: as a readable line where that is Nest's console, with each field by itself where it is
 * pino or any other that keeps fields.
 */
export class FactLog {
  private readonly logger: Logger = new SuitingLogger('Tidemark');

  /** Writes one line. */
  write<Field extends string>({ name, level, fields: names, text }: LogFact<Field>, given: FactFields<Field>): void {
    const fields: Record<string, unknown> = { fact: name };
    const texts: Partial<Record<Field, string>> = {};
    let error: SafeError | undefined;
    for (const field of names) {
      const value: unknown = given[field];
      if (field === 'error') {
        error = value === undefined ? undefined : safeErrorOf(value);
        texts[field] = error?.message ?? '';
      } else {
        const plain = typeof value === 'bigint' ? String(value) : value;
        if (plain !== undefined) fields[field] = plain;
        texts[field] = plain === undefined ? '' : textOf(plain);
      }
    }
    // Where somebody has to look for the cause, where it came from; else the message is enough.
    const stack = level === 'error' ? error?.stack : undefined;
    if (error !== undefined) fields.error = { ...error, stack };
    this.logger[level](text(texts as Record<Field, string>), { fields, stack });
  }
}

function textOf(value: unknown): string {
  return Array.isArray(value) ? value.join(', ') : String(value);
}
