import { type EncodedEvent, type ExpectedVersion, partitionSlotOf } from '../../core/index.js';
import type { AppendOutcome, EncodedAppend } from '../event-storage.js';

/** What becomes of one append of a batch that is not atomic; `busy` where another transaction has its stream. */
export type BatchOutcome = AppendOutcome | { readonly outcome: 'busy' };

/** A row that the append function answers with. */
export interface OutcomeRow {
  readonly outcome: BatchOutcome['outcome'];
  readonly version: number | null;
  readonly first_position: bigint | null;
  readonly last_position: bigint | null;
  readonly duplicate_id: string | null;
  readonly duplicate_stream: string | null;
}

/** The parameters of the function that appends one event, in its order. */
export function toEventParameters(
  { streamId, tenantId, expectedVersion }: EncodedAppend,
  event: EncodedEvent,
): readonly unknown[] {
  const { id, type, schemaVersion, data, metadata, occurredAt } = event;
  const head = [streamId, tenantId ?? null, partitionSlotOf(streamId), toNumber(expectedVersion)];
  return [...head, id, type, schemaVersion, data, metadata, occurredAt.toISOString()];
}

/** The parameters of the append function, in its order, up to how it is to be carried out. */
export function toParameters(appends: readonly EncodedAppend[]): readonly unknown[] {
  const events = appends.flatMap((append) => append.events);
  return [
    appends.map(({ streamId }) => streamId),
    appends.map(({ tenantId }) => tenantId ?? null),
    plainArray(appends.map(({ streamId }) => partitionSlotOf(streamId))),
    plainArray(appends.map(({ expectedVersion }) => toNumber(expectedVersion))),
    plainArray(appends.flatMap((append, index) => append.events.map(() => index + 1))),
    plainArray(appends.flatMap((append) => append.events.map((_event, offset) => offset + 1))),
    plainArray(events.map(({ id }) => id)),
    events.map(({ type }) => type),
    plainArray(events.map(({ schemaVersion }) => schemaVersion)),
    jsonArray(events.map(({ data }) => data)),
    jsonArray(events.map(({ metadata }) => metadata)),
    plainArray(timesOf(events)),
  ];
}

/** A JSON array of what is JSON text already. */
function jsonArray(texts: readonly string[]): string {
  return `[${texts.join(',')}]`;
}

/** PostgreSQL's text of an array of numbers, ids or times: `pg` would look into each of them for what it has to escape. */
function plainArray(values: readonly (number | string)[]): string {
  return `{${values.join(',')}}`;
}

// Most events of a batch are of the same millisecond or two, and a Date takes its time to become a text.
function timesOf(events: readonly EncodedEvent[]): string[] {
  const texts = new Map<number, string>();
  return events.map(({ occurredAt }) => {
    const ms = occurredAt.getTime();
    const text = texts.get(ms) ?? occurredAt.toISOString();
    texts.set(ms, text);
    return text;
  });
}

/** What the append function's answer means. */
export function toOutcome(row: OutcomeRow): BatchOutcome {
  const { outcome, version, first_position, last_position } = row;
  switch (outcome) {
    case 'appended':
    case 'repeated':
      return { outcome, version: version ?? 0, firstPosition: first_position ?? 0n, lastPosition: last_position ?? 0n };
    case 'conflict':
      return { outcome, actualVersion: version ?? 0 };
    case 'duplicate': {
      const { duplicate_id, duplicate_stream } = row;
      return { outcome, eventId: duplicate_id ?? undefined, existingStreamId: duplicate_stream ?? undefined };
    }
    default:
      return { outcome };
  }
}

function toNumber(expected: ExpectedVersion): number {
  if (typeof expected === 'number') return expected;
  return { noStream: 0, any: -1, streamExists: -2 }[expected];
}
