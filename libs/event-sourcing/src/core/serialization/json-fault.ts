/** Where and why a value cannot be stored as JSON and come back the same. */
export interface JsonFault {
  /** For example `data.items[0].quantity`. */
  readonly path: string;
  readonly reason: string;
}

const MAX_DEPTH = 128;

/** What `JSON.stringify` makes `{}` of, whatever it holds. */
const LOSES_ITS_CONTENT = [Map, Set, WeakMap, WeakSet, RegExp, Error, Promise, ArrayBuffer];

/**
 * Looks for what `JSON.stringify` would drop or change without a word (NaN, a Map, a function, a circle) and for what
 * PostgreSQL has no text for (U+0000, half of a surrogate pair). `undefined` fields are fine, they count as absent.
 */
export function findJsonFault(value: unknown, root: string): JsonFault | undefined {
  const fault = inspect(value, 0);
  return fault && { path: root + fault.path, reason: fault.reason };
}

// Paths are put together on the way out, so that a sound value pays nothing for them.
function inspect(value: unknown, depth: number): JsonFault | undefined {
  switch (typeof value) {
    case 'string':
      return inspectString(value);
    case 'number':
      return Number.isFinite(value) ? undefined : here(`is ${value}, which JSON cannot hold`);
    case 'boolean':
    case 'undefined':
      return undefined;
    case 'object':
      return value === null ? undefined : inspectObject(value, depth);
    default:
      return here(`is a ${typeof value}, which JSON cannot hold`);
  }
}

function inspectString(value: string): JsonFault | undefined {
  if (value.includes('\u0000')) return here('holds the character U+0000, which PostgreSQL cannot store');
  if (!value.isWellFormed()) return here('holds half of a surrogate pair, which is no valid Unicode');
  return undefined;
}

function inspectObject(value: object, depth: number): JsonFault | undefined {
  if (depth >= MAX_DEPTH) return here(`is nested deeper than ${MAX_DEPTH} levels, or refers to itself`);
  if (value instanceof Date && Number.isNaN(value.getTime())) return here('is an invalid Date');
  const { toJSON } = value as { toJSON?: unknown };
  if (typeof toJSON === 'function') return inspect(toJSON.call(value), depth + 1);
  if (Array.isArray(value)) return inspectArray(value, depth);
  if (losesItsContent(value)) {
    return here(`is a ${value.constructor.name}, which JSON cannot hold; use an array or a plain object`);
  }
  for (const key of Object.keys(value)) {
    const fault = inspectString(key) ?? inspect((value as Record<string, unknown>)[key], depth + 1);
    if (fault !== undefined) return within(`.${key}`, fault);
  }
  return undefined;
}

function losesItsContent(value: object): boolean {
  // Most are plain, and need not be held against all of these.
  if (Object.getPrototypeOf(value) === Object.prototype) return false;
  return LOSES_ITS_CONTENT.some((type) => value instanceof type) || ArrayBuffer.isView(value);
}

function inspectArray(values: readonly unknown[], depth: number): JsonFault | undefined {
  for (const [index, value] of values.entries()) {
    const fault =
      value === undefined ? here('is undefined, which an array cannot hold in JSON') : inspect(value, depth + 1);
    if (fault !== undefined) return within(`[${index}]`, fault);
  }
  return undefined;
}

function here(reason: string): JsonFault {
  return { path: '', reason };
}

function within(step: string, { path, reason }: JsonFault): JsonFault {
  return { path: step + path, reason };
}
