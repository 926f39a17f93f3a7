import { ConfigurationError, type RecordedEvent, streamIdOf } from '../core/index.js';
import { track } from './aggregate-tracking.js';
import { UnsavableAggregateError } from './errors.js';
import {
  type AggregateClass,
  type AnyAggregateRoot,
  type EventSourcedDefinition,
  eventSourcedDefinitionOf,
} from './event-sourced.decorator.js';
import { captureFields, restoreFields } from './snapshots/snapshot-state.js';
import type { StreamFold } from './stream-fold.js';

interface SnapshotHooks {
  toSnapshot?(): object;
  fromSnapshot?(state: unknown): void;
}

/** A new aggregate at version 0 that knows its id, for tests and for a first `save`. */
export function newAggregate<T extends AnyAggregateRoot>(aggregateClass: AggregateClass<T>, id: string): T {
  const streamId = streamIdOf(definitionOf(aggregateClass).category, id);
  const aggregate = new aggregateClass(id);
  assertRaisedNothing(aggregate, 'its constructor raises events, which every load would raise again');
  track(aggregate, { id, streamId, tenantId: undefined, version: 0, position: undefined, provisional: false });
  return aggregate;
}

/** Aggregates of a class as a {@link StreamFold}. */
export function aggregateFold<T extends AnyAggregateRoot>(aggregateClass: AggregateClass<T>): StreamFold<T> {
  return {
    ...definitionOf(aggregateClass),
    blank: (id) => newAggregate(aggregateClass, id),
    apply: applyRecorded,
    capture: (aggregate: T & SnapshotHooks) => aggregate.toSnapshot?.() ?? captureFields(aggregate),
    restore: (id, captured) => {
      const aggregate: T & SnapshotHooks = newAggregate(aggregateClass, id);
      if (aggregate.fromSnapshot === undefined) restoreFields(aggregate, captured);
      else aggregate.fromSnapshot(captured);
      assertRaisedNothing(aggregate, 'fromSnapshot raises events');
      return aggregate;
    },
  };
}

function definitionOf(aggregateClass: AggregateClass): EventSourcedDefinition {
  const definition = eventSourcedDefinitionOf(aggregateClass);
  if (definition === undefined)
    throw new ConfigurationError([`${aggregateClass.name} has no @EventSourced decorator.`]);
  return definition;
}

function applyRecorded<T extends AnyAggregateRoot>(aggregate: T, event: RecordedEvent): T {
  aggregate.apply(event.data, true);
  assertRaisedNothing(aggregate, `the handler of '${event.type}' raises events, which every load would raise again`);
  return aggregate;
}

function assertRaisedNothing(aggregate: AnyAggregateRoot, reason: string): void {
  if (aggregate.getUncommittedEvents().length === 0) return;
  throw new UnsavableAggregateError(aggregate.constructor.name, `${reason}. Raise events in methods that decide.`);
}
