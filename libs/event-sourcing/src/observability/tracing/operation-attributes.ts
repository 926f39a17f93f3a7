import type { Attributes } from '@opentelemetry/api';
import { categoryOf, type Operation } from '../../core/index.js';

/** What PostgreSQL does for those operations that are one statement. */
const DB_OPERATIONS: Readonly<Partial<Record<Operation['name'], string>>> = { append: 'INSERT', read: 'SELECT' };

/** Attributes of the span of an operation. No payload and no metadata. */
export function attributesOf(operation: Partial<Operation>, inDatabase: boolean): Attributes {
  // Filled one by one: this runs for every event that is appended or handled.
  const attributes: Attributes = {};
  addStream(attributes, operation.streamId);
  if (operation.subscription !== undefined) attributes['subscription.name'] = operation.subscription;
  if (operation.partition !== undefined) attributes['subscription.partition'] = operation.partition;
  if (operation.state !== undefined) attributes['subscription.state'] = operation.state;
  addDatabase(attributes, inDatabase ? operation.name : undefined);
  addEvents(attributes, operation.events);
  return attributes;
}

function addStream(attributes: Attributes, streamId: string | undefined): void {
  if (streamId === undefined) return;
  const category = categoryOf(streamId);
  attributes['aggregate.type'] = category;
  attributes['aggregate.id'] = streamId.slice(category.length + 1);
}

function addDatabase(attributes: Attributes, name: Operation['name'] | undefined): void {
  const operation = name && DB_OPERATIONS[name];
  if (operation === undefined) return;
  attributes['db.system'] = 'postgresql';
  attributes['db.operation'] = operation;
}

// Of many events the ids are too many to tell, and the types are not.
function addEvents(attributes: Attributes, events: Operation['events'] = []): void {
  const [event] = events;
  if (event === undefined) return;
  if (events.length === 1) {
    attributes['event.id'] = event.id;
    attributes['event.type'] = event.type;
    return;
  }
  attributes['event.count'] = events.length;
  attributes['event.type'] = [...new Set(events.map(({ type }) => type))].join(',');
}
