import type { Attributes } from '@opentelemetry/api';
import { categoryOf, type Operation } from '../../core/index.js';

/** What PostgreSQL does for those operations that are one statement. */
const DB_OPERATIONS: Readonly<Partial<Record<Operation['name'], string>>> = { append: 'INSERT', read: 'SELECT' };

/** Attributes of the span of an operation. No payload and no metadata. */
export function attributesOf(operation: Partial<Operation>, inDatabase: boolean): Attributes {
  const { name, streamId, subscription, partition, state } = operation;
  const dbOperation = name && inDatabase ? DB_OPERATIONS[name] : undefined;
  const category = streamId === undefined ? undefined : categoryOf(streamId);
  const attributes: Attributes = {
    'aggregate.type': category,
    'aggregate.id': category === undefined ? undefined : streamId?.slice(category.length + 1),
    'subscription.name': subscription,
    'subscription.partition': partition,
    'subscription.state': state,
    'db.system': dbOperation === undefined ? undefined : 'postgresql',
    'db.operation': dbOperation,
    ...ofEvents(operation.events),
  };
  return Object.fromEntries(Object.entries(attributes).filter(([, value]) => value !== undefined));
}

// Of many events the ids are too many to tell, and the types are not.
function ofEvents(events: Operation['events']): Attributes {
  const [event, ...others] = events ?? [];
  if (event === undefined) return {};
  if (others.length === 0) return { 'event.id': event.id, 'event.type': event.type };
  const types = [...new Set(events?.map(({ type }) => type))];
  return { 'event.count': 1 + others.length, 'event.type': types.join(',') };
}
