import type { AggregateRoot } from '@nestjs/cqrs';
import { assertCategory, ConfigurationError } from '../core/index.js';
import { EventSourcedAggregate } from './event-sourced-aggregate.js';
import {
  problemsOfSnapshotOptions,
  type SnapshotOptions,
  type SnapshotPolicy,
  snapshotPolicyOf,
} from './snapshots/snapshot-policy.js';
import { declaresPrivateFields } from './snapshots/snapshot-state.js';

/** Any aggregate of `@nestjs/cqrs`, whatever its events. */
// Its type parameter stands in both directions, so that no narrower type takes them all.
// eslint-disable-next-line @typescript-eslint/no-explicit-any
export type AnyAggregateRoot = AggregateRoot<any>;

/** The class of an aggregate; its constructor is called with the id alone, which it may ignore. */
export type AggregateClass<T extends AnyAggregateRoot = AnyAggregateRoot> = new (id: string) => T;

/** What `@EventSourced` says of a class. */
export interface EventSourcedDefinition {
  readonly category: string;
  /** `undefined`: no snapshots. */
  readonly snapshots: SnapshotPolicy | undefined;
}

const DEFINITION = Symbol.for('tidemark.event-sourced');

/** Says in which category the streams of an aggregate lie, and whether and when snapshots of it are taken. */
export function EventSourced(category: string, options: SnapshotOptions = {}) {
  return <C extends AggregateClass>(aggregateClass: C): void => {
    const at = `@EventSourced on ${aggregateClass.name}:`;
    const problems = [
      ...problemsOfCategory(category),
      ...problemsOfSnapshotOptions(options),
      ...problemsOfClass(aggregateClass, options),
    ];
    if (problems.length > 0) throw new ConfigurationError(problems.map((problem) => `${at} ${problem}`));
    const definition = Object.freeze({ category, snapshots: snapshotPolicyOf(options) });
    Object.defineProperty(aggregateClass, DEFINITION, { value: definition });
  };
}

/** What `@EventSourced` said of this very class, `undefined` for a class without it (a parent's does not count). */
export function eventSourcedDefinitionOf(aggregateClass: object): EventSourcedDefinition | undefined {
  return Object.hasOwn(aggregateClass, DEFINITION)
    ? (aggregateClass as { [DEFINITION]: EventSourcedDefinition })[DEFINITION]
    : undefined;
}

/** What is wrong with a category, as a sentence; empty where nothing is. */
export function problemsOfCategory(category: unknown): string[] {
  if (typeof category !== 'string') return [`the category must be a string, not ${String(category)}.`];
  try {
    assertCategory(category);
    return [];
  } catch (error) {
    return [(error as Error).message];
  }
}

function problemsOfClass(aggregateClass: AggregateClass, options: SnapshotOptions): string[] {
  const { prototype } = aggregateClass as { prototype: Partial<AnyAggregateRoot> & { toSnapshot?: unknown } };
  if (typeof prototype.apply !== 'function' || typeof prototype.getUncommittedEvents !== 'function') {
    return ['the class must extend EventSourcedAggregate, or AggregateRoot of @nestjs/cqrs.'];
  }
  const byDefault =
    typeof prototype.toSnapshot !== 'function' || prototype.toSnapshot === EventSourcedAggregate.prototype.toSnapshot;
  if (snapshotPolicyOf(options) === undefined || !byDefault || !declaresPrivateFields(aggregateClass)) return [];
  return [
    'the class has #private fields, which a snapshot cannot see. Declare them with the keyword private, or write ' +
      'toSnapshot and fromSnapshot.',
  ];
}
