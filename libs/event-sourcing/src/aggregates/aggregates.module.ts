import { type DynamicModule, Module, type Provider } from '@nestjs/common';
import { ConfigurationError, EventContext, Instrumentation } from '../core/index.js';
import { EventStore, SnapshotStore } from '../event-store/index.js';
import { AggregateRepository } from './aggregate.repository.js';
import { AGGREGATES_OPTIONS, type AggregatesOptions } from './aggregates.options.js';
import { getAggregateRepositoryToken, getDeciderToken } from './aggregates.tokens.js';
import type { AnyDecider } from './decider.js';
import { DeciderRepository } from './decider.repository.js';
import { type AggregateClass, eventSourcedDefinitionOf } from './event-sourced.decorator.js';
import type { RepositoryParts } from './fold-store.js';

/** What a feature module registers. */
export interface AggregatesFeature {
  /** Classes with `@EventSourced`. @default none */
  readonly aggregates?: readonly AggregateClass[];
  /** @default none */
  readonly deciders?: readonly AnyDecider[];
}

/** Provides a repository per aggregate class and per decider, for `@InjectAggregateRepository` and `@InjectDecider`. */
@Module({})
export class AggregatesModule {
  /** The repositories of one feature. What is wrong with it is refused when the app starts, in one `ConfigurationError`. */
  static forFeature(feature: AggregatesFeature): DynamicModule {
    const aggregates = [...new Set(feature.aggregates)];
    const deciders = [...new Set(feature.deciders)];
    const repositories = [
      ...aggregates.filter(isThere).map((aggregateClass) => ({
        provide: getAggregateRepositoryToken(aggregateClass),
        useFactory: (parts: RepositoryParts) => new AggregateRepository(aggregateClass, parts),
        inject: [PARTS],
      })),
      ...deciders.filter(isThere).map((decider) => ({
        provide: getDeciderToken(decider),
        useFactory: (parts: RepositoryParts) => new DeciderRepository(decider, parts),
        inject: [PARTS],
      })),
    ];
    const providers = [partsProvider(aggregates, deciders), ...repositories];
    return { module: AggregatesModule, providers, exports: repositories.map(({ provide }) => provide) };
  }
}

const PARTS = Symbol('RepositoryParts');

// Every repository is made of these parts, so the feature is checked as a whole before the first of them is made.
function partsProvider(aggregates: readonly AggregateClass[], deciders: readonly AnyDecider[]): Provider {
  return {
    provide: PARTS,
    inject: [EventStore, SnapshotStore, EventContext, Instrumentation, { token: AGGREGATES_OPTIONS, optional: true }],
    useFactory: (
      eventStore: EventStore,
      snapshotStore: SnapshotStore,
      context: EventContext,
      instrumentation: Instrumentation,
      options?: AggregatesOptions,
    ): RepositoryParts => {
      const problems = problemsOfFeature(aggregates, deciders);
      if (problems.length > 0) throw new ConfigurationError(problems);
      return { eventStore, snapshotStore, context, instrumentation, options };
    },
  };
}

function problemsOfFeature(aggregates: readonly AggregateClass[], deciders: readonly AnyDecider[]): string[] {
  const problems: string[] = [];
  const owners = new Map<string, string>();
  const claim = (category: string, owner: string): void => {
    const other = owners.get(category);
    if (other === undefined) owners.set(category, owner);
    else problems.push(`the category '${category}' is claimed by both ${other} and ${owner}.`);
  };
  for (const aggregateClass of aggregates) {
    if (!isThere(aggregateClass)) {
      problems.push(`an entry of 'aggregates' is undefined; do two files import each other?`);
      continue;
    }
    const definition = eventSourcedDefinitionOf(aggregateClass);
    if (definition !== undefined) claim(definition.category, aggregateClass.name);
    else problems.push(`${aggregateClass.name} is listed as an aggregate but has no @EventSourced decorator.`);
  }
  for (const decider of deciders) {
    if (isThere(decider)) claim(decider.category, `a decider`);
    else problems.push(`an entry of 'deciders' is undefined; do two files import each other?`);
  }
  return problems;
}

function isThere<T>(entry: T | undefined): entry is T {
  return entry !== undefined;
}
