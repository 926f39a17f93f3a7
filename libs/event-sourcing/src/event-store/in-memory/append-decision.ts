import { type EncodedEvent, meetsExpectation, type StoredEvent } from '../../core/index.js';
import type { AppendOutcome, EncodedAppend } from '../event-storage.js';

/** What an append is judged by: the events stored so far. */
export interface RecordedEvents {
  /** Events of a stream, the one of version `n` at index `n - 1`; empty where the stream does not exist. */
  ofStream(streamId: string): readonly StoredEvent[];
  byId(eventId: string): StoredEvent | undefined;
}

/** The outcome of an append that is not to be stored; `undefined` says that it is. */
export type Decision = AppendOutcome | undefined;

/**
 * Judges one append: first its tenant, then whether its ids are recorded already, at last its expected version.
 * @param taken ids that earlier appends of the same batch are going to use; those of this append are added.
 */
export function decide(append: EncodedAppend, recorded: RecordedEvents, taken: Set<string>): Decision {
  const stream = recorded.ofStream(append.streamId);
  const [first] = stream;
  if (first !== undefined && first.tenantId !== append.tenantId) return { outcome: 'wrong-tenant' };
  return (
    repetition(append, recorded) ??
    idGivenTwice(append.events, taken) ??
    (meetsExpectation(append.expectedVersion, stream.length)
      ? undefined
      : { outcome: 'conflict', actualVersion: stream.length })
  );
}

/** All ids recorded in this stream, in one run, in the same order, where they are expected: the earlier result. */
function repetition({ streamId, events, expectedVersion }: EncodedAppend, recorded: RecordedEvents): Decision {
  const known = events.map(({ id }) => recorded.byId(id));
  const offender = known.find((event) => event !== undefined);
  if (offender === undefined) return undefined;
  const [first] = known;
  const last = known.at(-1);
  const base = (first?.version ?? 0) - 1;
  const inOneRun = known.every((event, index) => event?.streamId === streamId && event.version === base + 1 + index);
  if (first === undefined || last === undefined || !inOneRun || !startsAt(expectedVersion, base)) {
    return { outcome: 'duplicate', eventId: offender.id, existingStreamId: offender.streamId };
  }
  return { outcome: 'repeated', version: last.version, firstPosition: first.position, lastPosition: last.position };
}

function startsAt(expected: EncodedAppend['expectedVersion'], base: number): boolean {
  return expected === 'any' || expected === 'streamExists' || base === (expected === 'noStream' ? 0 : expected);
}

function idGivenTwice(events: readonly EncodedEvent[], taken: Set<string>): Decision {
  let offender: string | undefined;
  for (const { id } of events) {
    if (taken.has(id)) offender ??= id;
    taken.add(id);
  }
  if (offender === undefined) return undefined;
  return { outcome: 'duplicate', eventId: offender, existingStreamId: undefined };
}
