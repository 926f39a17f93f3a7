import {
  assertExpectedVersion,
  assertStreamId,
  type EncodedEvent,
  type EventContext,
  type EventSerializer,
  InvalidArgumentError,
} from '../core/index.js';
import { DuplicateEventError } from './errors.js';
import type { StreamAppend } from './event-store.js';
import type { EncodedAppend } from './event-storage.js';

/** Most events that one append takes; more belong into several appends. */
export const MAX_EVENTS_PER_APPEND = 10_000;

/**
 * Checks and encodes appends before any of them is sent, so that a bad one leaves nothing behind. Their metadata is what the
 * context gives, and the trace parent of the append itself where there is one.
 */
export async function encodeAppends(
  appends: readonly StreamAppend[],
  serializer: EventSerializer,
  context: EventContext,
  traceParent?: string,
): Promise<readonly EncodedAppend[]> {
  checkShape(appends);
  // Encoding takes time, and the caller's lists may grow meanwhile.
  const taken = appends.map((append) => ({ ...append, events: [...append.events] }));
  const encoded: EncodedAppend[] = [];
  for (const append of taken) encoded.push(await encodeAppend(append, serializer, context, traceParent));
  checkEventIds(encoded);
  return encoded;
}

async function encodeAppend(
  { streamId, events, expectedVersion = 'any', ...given }: StreamAppend,
  serializer: EventSerializer,
  context: EventContext,
  traceParent: string | undefined,
): Promise<EncodedAppend> {
  const tenantId = given.tenantId ?? context.current().tenantId;
  checkTenantId(tenantId);
  const metadata = traceParent === undefined ? context.metadata() : { ...context.metadata(), traceParent };
  const encoded: EncodedEvent[] = [];
  for (const event of events) encoded.push(await serializer.encode(event, metadata));
  return { streamId, expectedVersion, tenantId, events: encoded };
}

function checkShape(appends: readonly StreamAppend[]): void {
  if (appends.length === 0) throw new InvalidArgumentError('appends', 'There is no append to carry out.');
  const streamIds = new Set<string>();
  for (const { streamId, events, expectedVersion = 'any' } of appends) {
    assertStreamId(streamId);
    assertExpectedVersion(expectedVersion);
    if (events.length === 0 || events.length > MAX_EVENTS_PER_APPEND) {
      throw new InvalidArgumentError(
        'events',
        `An append takes 1 to ${MAX_EVENTS_PER_APPEND} events, not ${events.length} (stream '${streamId}').`,
      );
    }
    if (streamIds.has(streamId)) {
      throw new InvalidArgumentError('appends', `Stream '${streamId}' is named twice; put its events into one append.`);
    }
    streamIds.add(streamId);
  }
}

function checkTenantId(tenantId: string | undefined): void {
  // eslint-disable-next-line no-control-regex
  if (tenantId === undefined || (/^[^\u0000-\u001f\u007f]+$/.test(tenantId) && tenantId.isWellFormed())) return;
  throw new InvalidArgumentError(
    'tenantId',
    `The tenant id ${JSON.stringify(tenantId)} is not usable: it must not be empty and must hold no control character ` +
      `and no half of a surrogate pair.`,
  );
}

function checkEventIds(appends: readonly EncodedAppend[]): void {
  const ids = new Set<string>();
  for (const { streamId, events } of appends) {
    for (const { id } of events) {
      if (ids.has(id)) throw new DuplicateEventError(streamId, id, undefined);
      ids.add(id);
    }
  }
}
