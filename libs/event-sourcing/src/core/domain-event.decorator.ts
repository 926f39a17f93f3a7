import type { StandardSchemaV1 } from '@standard-schema/spec';
import { ConfigurationError } from './errors.js';

/** Turns the payload of one schema version into that of the next. Must not change its argument. */
// Payloads of old versions have no type any more: they are whatever was stored then.
// eslint-disable-next-line @typescript-eslint/no-explicit-any
export type Upcaster = (payload: any) => object;

/** What `@DomainEvent` takes beside the wire name. */
export interface DomainEventOptions {
  /** Schema version of the class as it stands. @default 1 */
  readonly version?: number;
  /** For each older schema version `n` the step from `n` to `n + 1`. Every version below `version` needs one. */
  readonly upcast?: Readonly<Record<number, Upcaster>>;
  /** Schema of the payload (Zod, Valibot, ArkType or any Standard Schema), checked before each append. */
  readonly schema?: StandardSchemaV1;
}

/** The class of a domain event. */
export type EventClass<T extends object = object> = abstract new (...args: never[]) => T;

/** What `@DomainEvent` says of a class. */
export interface EventDefinition<T extends object = object> {
  readonly type: string;
  readonly version: number;
  readonly upcast: Readonly<Record<number, Upcaster>>;
  readonly schema: StandardSchemaV1 | undefined;
  readonly eventClass: EventClass<T>;
}

const DEFINITION = Symbol.for('tidemark.domain-event');

/** Gives a class its stable wire name and schema version, so that it can be appended and read back. */
export function DomainEvent(type: string, options: DomainEventOptions = {}) {
  return <C extends EventClass>(eventClass: C): void => {
    const definition = { type, version: options.version ?? 1, upcast: options.upcast ?? {}, schema: options.schema };
    const problems = problemsOf(definition, eventClass.name);
    if (problems.length > 0) throw new ConfigurationError(problems);
    Object.defineProperty(eventClass, DEFINITION, { value: Object.freeze({ ...definition, eventClass }) });
  };
}

/** What `@DomainEvent` said of this very class, `undefined` for a class without it (a parent's does not count). */
export function eventDefinitionOf(eventClass: object): EventDefinition | undefined {
  return Object.hasOwn(eventClass, DEFINITION)
    ? (eventClass as { [DEFINITION]: EventDefinition })[DEFINITION]
    : undefined;
}

function problemsOf(definition: Omit<EventDefinition, 'eventClass'>, className: string): string[] {
  const at = `@DomainEvent on ${className}:`;
  const problems: string[] = [];
  // eslint-disable-next-line no-control-regex
  if (typeof definition.type !== 'string' || !/^[^\u0000-\u0020\u007f*]{1,255}$/.test(definition.type)) {
    problems.push(`${at} the wire name must have 1 to 255 characters, no white space and no '*'.`);
  }
  if (!Number.isInteger(definition.version) || definition.version < 1 || definition.version > 32_767) {
    problems.push(`${at} version must be a whole number from 1, not ${String(definition.version)}.`);
    return problems;
  }
  for (let from = 1; from < definition.version; from++) {
    if (typeof definition.upcast[from] !== 'function')
      problems.push(`${at} the upcaster from version ${from} is missing.`);
  }
  for (const key of Object.keys(definition.upcast)) {
    const from = Number(key);
    if (!Number.isInteger(from) || from < 1 || from >= definition.version) {
      problems.push(
        `${at} the upcaster from version ${key} leads nowhere; the class is at version ${definition.version}.`,
      );
    }
  }
  return problems;
}
