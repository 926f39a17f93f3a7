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
  const events = appends.flatMap((append, index) =>
    append.events.map((event, offset) => ({ event, append: index + 1, offset: offset + 1 })),
  );
  const each = <T>(value: (event: EncodedEvent) => T): T[] => events.map(({ event }) => value(event));
  return [
    appends.map(({ streamId }) => streamId),
    appends.map(({ tenantId }) => tenantId ?? null),
    appends.map(({ streamId }) => partitionSlotOf(streamId)),
    appends.map(({ expectedVersion }) => toNumber(expectedVersion)),
    events.map(({ append }) => append),
    events.map(({ offset }) => offset),
    each(({ id }) => id),
    each(({ type }) => type),
    each(({ schemaVersion }) => schemaVersion),
    arrayOf(each(({ data }) => data)),
    arrayOf(each(({ metadata }) => metadata)),
    each(({ occurredAt }) => occurredAt.toISOString()),
  ];
}

/** A JSON array of what is JSON text already. */
function arrayOf(texts: readonly string[]): string {
  return `[${texts.join(',')}]`;
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
