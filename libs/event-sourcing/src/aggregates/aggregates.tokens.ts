import { Inject } from '@nestjs/common';
import { ConfigurationError } from '../core/index.js';
import type { AnyDecider } from './decider.js';
import type { AggregateClass } from './event-sourced.decorator.js';

// By identity and not by name: two modules may each have their own class of one name.
const tokens = new WeakMap<object, symbol>();

/** The injection token of the repository for a class. */
export function getAggregateRepositoryToken(aggregateClass: AggregateClass): symbol {
  assertThere(aggregateClass, 'aggregate class');
  return tokenFor(aggregateClass, `AggregateRepository(${aggregateClass.name})`);
}

/** The injection token of the repository for a decider. */
export function getDeciderToken(decider: AnyDecider): symbol {
  assertThere(decider, 'decider');
  return tokenFor(decider, `DeciderRepository(${decider.category})`);
}

/** Injects the `AggregateRepository` of a class that a module lists under `aggregates`. */
export function InjectAggregateRepository(aggregateClass: AggregateClass) {
  return Inject(getAggregateRepositoryToken(aggregateClass));
}

/** Injects the `DeciderRepository` of a decider that a module lists under `deciders`. */
export function InjectDecider(decider: AnyDecider) {
  return Inject(getDeciderToken(decider));
}

function tokenFor(owner: object, description: string): symbol {
  const token = tokens.get(owner) ?? Symbol(description);
  tokens.set(owner, token);
  return token;
}

function assertThere(owner: object | null | undefined, what: string): void {
  if (owner !== undefined && owner !== null) return;
  throw new ConfigurationError([
    `a repository is asked for a missing ${what} (${String(owner)}); do two files import each other?`,
  ]);
}
