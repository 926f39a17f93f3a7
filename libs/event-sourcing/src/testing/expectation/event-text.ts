import { inspect } from 'node:util';
import { NewEvent } from '../../core/index.js';

/** A value on one line. */
export function textOf(value: unknown): string {
  return inspect(value, { breakLength: Infinity, compact: true, depth: 6 });
}

/** Events, one a line, as a part of a message; `nothing` where there is none. */
export function linesOf(events: readonly object[]): string {
  if (events.length === 0) return '  nothing';
  return events.map((event) => `  ${textOf(event instanceof NewEvent ? (event.data as object) : event)}`).join('\n');
}
