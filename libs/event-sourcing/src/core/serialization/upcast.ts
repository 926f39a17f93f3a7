import type { EventDefinition } from '../domain-event.decorator.js';

/** Brings a payload that was stored at schema version `from` to the version of its class, one upcaster after the other. */
export function upcast(definition: EventDefinition, payload: object, from: number): object {
  const { type, version } = definition;
  if (from > version) {
    throw new Error(`it was stored at schema version ${from}, this app knows '${type}' up to version ${version} only`);
  }
  let current = payload;
  for (let step = from; step < version; step++) {
    const upcaster = definition.upcast[step];
    if (upcaster === undefined) throw new Error(`'${type}' has no upcaster from version ${step}`);
    const next: unknown = upcaster(current);
    if (typeof next !== 'object' || next === null) {
      throw new Error(`the upcaster of '${type}' from version ${step} returned no object`);
    }
    current = next;
  }
  return current;
}
