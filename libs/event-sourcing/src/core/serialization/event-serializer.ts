import { validate as isUuid } from 'uuid';
import { deepFreeze } from './deep-freeze.js';
import type { EventDefinition } from '../domain-event.decorator.js';
import { describeError } from '../error-description.js';
import { InvalidEventError, UndecodableEventError } from '../errors.js';
import { EventIds } from './event-ids.js';
import type { EventTypeRegistry } from '../event-type-registry.js';
import { findJsonFault } from './json-fault.js';
import { NewEvent } from '../new-event.js';
import type { EventMetadata, RecordedEvent, StoredEvent } from '../recorded-event.js';
import { upcast } from './upcast.js';

/** An event ready to be stored: checked, with its id, its payload as JSON text. */
export interface EncodedEvent {
  readonly id: string;
  readonly type: string;
  readonly schemaVersion: number;
  readonly data: string;
  readonly metadata: string;
  readonly occurredAt: Date;
}

/** Largest payload of one event in UTF-16 units of its JSON. */
export const MAX_EVENT_LENGTH = 16 * 1024 * 1024;

const NO_METADATA: EventMetadata = Object.freeze({});

/** Turns domain events into what is stored and back; checks on the way in, upcasts on the way out. */
export class EventSerializer {
  private readonly ids = new EventIds();

  /** @param clock gives `occurredAt` where an event does not say it. */
  constructor(
    private readonly registry: EventTypeRegistry,
    private readonly clock: () => Date = () => new Date(),
  ) {}

  /** Checks and encodes one event; `metadata` is what the surrounding context gives. Throws {@link InvalidEventError}. */
  async encode(event: object, metadata: EventMetadata = {}): Promise<EncodedEvent> {
    const { data, options } = event instanceof NewEvent ? (event as NewEvent) : new NewEvent(event);
    // An object without a prototype has no class.
    const definition = this.registry.ofClass((data as { constructor?: object }).constructor ?? Object);
    const id = options.id ?? this.ids.next();
    if (options.id !== undefined && !isUuid(id)) {
      throw new InvalidEventError(definition.type, 'id', `is '${id}', which is no UUID`);
    }
    const occurredAt = timeOf(definition.type, options.occurredAt ?? this.clock());
    await checkSchema(definition, data);
    return {
      id: id.toLowerCase(),
      type: definition.type,
      schemaVersion: definition.version,
      data: encodeJson(definition.type, 'data', data),
      metadata: encodeJson(definition.type, 'metadata', { ...metadata, ...options.metadata }),
      occurredAt,
    };
  }

  /** Decodes a stored event to the newest version of its class. Throws `UnknownEventTypeError` or {@link UndecodableEventError}. */
  decode(stored: StoredEvent): RecordedEvent {
    const definition = this.registry.byTypeName(stored.type);
    try {
      const { eventClass, version } = definition;
      const payload = upcast(definition, JSON.parse(stored.data) as object, stored.schemaVersion);
      const data = Object.assign(Object.create(eventClass.prototype as object) as object, payload);
      // Field by field: this runs for each event that is read.
      return Object.freeze({
        id: stored.id,
        type: stored.type,
        schemaVersion: version,
        streamId: stored.streamId,
        category: stored.category,
        version: stored.version,
        position: stored.position,
        tenantId: stored.tenantId,
        data: deepFreeze(data),
        metadata: stored.metadata === '{}' ? NO_METADATA : deepFreeze(JSON.parse(stored.metadata) as EventMetadata),
        occurredAt: stored.occurredAt,
        recordedAt: stored.recordedAt,
      });
    } catch (cause) {
      throw new UndecodableEventError(stored.id, stored.type, stored.position, describeError(cause).message, { cause });
    }
  }

  /** Whether events of this type can be decoded. */
  knows(type: string): boolean {
    return this.registry.has(type);
  }
}

// Dates of the caller can change later; years beyond four digits have no text that PostgreSQL takes.
function timeOf(eventType: string, occurredAt: Date): Date {
  const year = occurredAt.getUTCFullYear();
  if (Number.isNaN(year)) throw new InvalidEventError(eventType, 'occurredAt', 'is an invalid Date');
  if (year >= 1 && year <= 9_999) return new Date(occurredAt);
  throw new InvalidEventError(eventType, 'occurredAt', `is in the year ${year}; years go from 1 to 9999`);
}

function encodeJson(eventType: string, root: string, value: object): string {
  const fault = findJsonFault(value, root);
  if (fault !== undefined) throw new InvalidEventError(eventType, fault.path, fault.reason);
  const json = JSON.stringify(value);
  if (!json.startsWith('{')) throw new InvalidEventError(eventType, root, 'must become a JSON object');
  if (json.length > MAX_EVENT_LENGTH) {
    throw new InvalidEventError(
      eventType,
      root,
      `has ${json.length} characters of JSON, the limit is ${MAX_EVENT_LENGTH}`,
    );
  }
  return json;
}

async function checkSchema(definition: EventDefinition, data: object): Promise<void> {
  if (definition.schema === undefined) return;
  // Schemas of objects look at own, plain fields; an instance of a class would be refused by strict ones.
  const result = await definition.schema['~standard'].validate({ ...data });
  const issue = result.issues?.[0];
  if (issue === undefined) return;
  const path = (issue.path ?? []).map((part) => (typeof part === 'object' ? part.key : part));
  throw new InvalidEventError(
    definition.type,
    ['data', ...path.map(String)].join('.'),
    `is not valid: ${issue.message}`,
  );
}
