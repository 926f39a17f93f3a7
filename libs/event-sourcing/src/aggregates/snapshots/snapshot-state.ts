import { findJsonFault, type JsonFault } from '../../core/index.js';
import { SnapshotStateError } from '../errors.js';

/**
 * The own fields of an instance, as a snapshot keeps them where nobody wrote `toSnapshot`. Fields that hold functions
 * are handlers and publishers, no state; they are left out. Throws {@link SnapshotStateError} for what would come back
 * from JSON as something else: a Date, a Map, an instance of a class.
 */
export function captureFields(instance: object): Record<string, unknown> {
  const fields = dataFieldsOf(instance);
  assertPlain(fields, 'state');
  return fields;
}

/** Puts back what {@link captureFields} gave. A field that the state lacks was `undefined` and becomes so again. */
export function restoreFields(instance: object, state: unknown): void {
  if (typeof state !== 'object' || state === null || Array.isArray(state)) {
    throw new TypeError('the state of the snapshot is no object');
  }
  const absent = Object.keys(dataFieldsOf(instance)).map((name) => [name, undefined]);
  Object.assign(instance, Object.fromEntries(absent), state);
}

/** Refuses a value that JSON would not give back as it is; Dates and instances of classes count as such. */
export function assertPlain(value: unknown, root: string): void {
  const fault = findJsonFault(value, root) ?? findInstance(value, root);
  if (fault !== undefined) throw new SnapshotStateError(fault.path, fault.reason);
}

/** The JSON text of a state. Throws {@link SnapshotStateError} for what JSON or PostgreSQL cannot hold. */
export function encodeState(state: unknown): string {
  const fault = findJsonFault(state, 'state');
  if (fault !== undefined) throw new SnapshotStateError(fault.path, fault.reason);
  const json = JSON.stringify(state) as string | undefined;
  if (json === undefined) throw new SnapshotStateError('state', 'is undefined');
  return json;
}

/**
 * Whether a class, or one that it extends, declares `#private` fields. They cannot be seen from outside, so the default
 * snapshot would lose them without a word; the class' source is the only place that tells.
 */
export function declaresPrivateFields(source: object): boolean {
  const declaration = /(?:^|[{};])\s*#[\p{L}_$][\p{L}\p{N}_$]*\s*[;=]/mu;
  for (let current: unknown = source; typeof current === 'function'; current = Object.getPrototypeOf(current)) {
    if (declaration.test(Function.prototype.toString.call(current))) return true;
  }
  return false;
}

function dataFieldsOf(instance: object): Record<string, unknown> {
  return Object.fromEntries(Object.entries(instance).filter(([, value]) => typeof value !== 'function'));
}

// Depth needs no bound: what refers to itself was refused before.
function findInstance(value: unknown, path: string): JsonFault | undefined {
  if (typeof value === 'function') return { path, reason: 'is a function, which JSON cannot hold' };
  if (typeof value !== 'object' || value === null) return undefined;
  if (!Array.isArray(value) && !isPlainObject(value)) {
    return { path, reason: `is a ${value.constructor.name}, which would come back from JSON as something else` };
  }
  for (const [key, inner] of Object.entries(value)) {
    const fault = findInstance(inner, Array.isArray(value) ? `${path}[${key}]` : `${path}.${key}`);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

// By the shape of the chain and not by identity: plain objects may come from another realm, as they do under jest.
function isPlainObject(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}
