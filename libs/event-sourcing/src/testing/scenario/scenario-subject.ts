import {
  type AggregateClass,
  AggregateRepository,
  type AnyAggregateRoot,
  type Decider,
  DeciderRepository,
  eventSourcedDefinitionOf,
  newAggregate,
} from '../../aggregates/index.js';
import { ConfigurationError, streamIdOf } from '../../core/index.js';
import type { RepositoryParts } from './scenario-store.js';

/** What a scenario is about: an aggregate or a decider, by its repository, as the app runs it. */
export interface ScenarioSubject<Command, State> {
  /** For messages. */
  readonly name: string;
  /** Opens it on a store. */
  open(parts: RepositoryParts, id: string): OpenedSubject<Command, State>;
}

/** A subject on a store. */
export interface OpenedSubject<Command, State> {
  readonly streamId: string;
  /** The state as it stands. Throws where its events cannot be applied. */
  load(): Promise<State>;
  /** Lets the command decide and stores what comes of it. */
  handle(command: Command): Promise<unknown>;
}

/** An aggregate, by its class; the command is a function that calls its methods. */
export function aggregateSubject<T extends AnyAggregateRoot>(
  aggregateClass: AggregateClass<T>,
): ScenarioSubject<(aggregate: T) => unknown, T> {
  return {
    name: aggregateClass.name,
    open: (parts, id) => {
      const repository = new AggregateRepository(aggregateClass, parts);
      return {
        streamId: streamIdOf(categoryOf(aggregateClass), id),
        load: async () => (await repository.find(id)) ?? newAggregate(aggregateClass, id),
        handle: async (command) => {
          if (await repository.exists(id)) return repository.update(id, command, { maxAttempts: 1 });
          return repository.create(id, command);
        },
      };
    },
  };
}

/** A decider; the command is what its `decide` takes. */
export function deciderSubject<State, Command, Event extends object>(
  decider: Decider<State, Command, Event>,
): ScenarioSubject<Command, State> {
  return {
    name: `'${decider.category}'`,
    open: (parts, id) => {
      const repository = new DeciderRepository(decider, parts);
      return {
        streamId: streamIdOf(decider.category, id),
        load: async () => (await repository.load(id)).state,
        handle: (command) => repository.execute(id, command, { maxAttempts: 1 }),
      };
    },
  };
}

function categoryOf(aggregateClass: AggregateClass): string {
  const definition = eventSourcedDefinitionOf(aggregateClass);
  if (definition !== undefined) return definition.category;
  throw new ConfigurationError([`${aggregateClass.name} has no @EventSourced decorator.`]);
}
