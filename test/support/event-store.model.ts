import { randomUUID } from 'node:crypto';
import type { EncodedEvent, ExpectedVersion, StoredEvent } from '../../libs/event-sourcing/src/core/index.js';
import type { AppendOutcome, EncodedAppend, FeedFilter } from '../../libs/event-sourcing/src/event-store/index.js';

/** What the model knows of a stored event. */
export interface KnownEvent {
  readonly id: string;
  readonly type: string;
  readonly streamId: string;
  readonly tenantId: string | undefined;
  readonly version: number;
  readonly position: bigint;
}

/** What is expected of one append, positions aside, which only the store knows. */
export type Verdict =
  | { readonly outcome: 'appended'; readonly version: number }
  | {
      readonly outcome: 'repeated';
      readonly version: number;
      readonly firstPosition: bigint;
      readonly lastPosition: bigint;
    }
  | Extract<AppendOutcome, { outcome: 'conflict' | 'duplicate' | 'wrong-tenant' | 'withheld' }>;

/** An event store as simple as can be: one list of events, searched from end to end. */
export class EventStoreModel {
  readonly events: KnownEvent[] = [];

  /** @param start head of the store before the first event of the model. */
  constructor(readonly start: bigint) {}

  ofStream(streamId: string): KnownEvent[] {
    return this.events.filter((event) => event.streamId === streamId);
  }

  /** What is to become of a batch whose streams and event ids all differ. */
  judge(appends: readonly EncodedAppend[], atomic: boolean): Verdict[] {
    const verdicts = appends.map((append) => this.judgeOne(append));
    const failed = verdicts.some(({ outcome }) => outcome !== 'appended' && outcome !== 'repeated');
    if (!atomic || !failed) return verdicts;
    return verdicts.map((verdict) =>
      verdict.outcome === 'appended' || verdict.outcome === 'repeated' ? { outcome: 'withheld' } : verdict,
    );
  }

  /** Takes over what the store has stored, in the order of the feed. */
  record(stored: readonly StoredEvent[]): void {
    for (const { id, type, streamId, tenantId, version, position } of stored) {
      this.events.push({ id, type, streamId, tenantId, version, position });
    }
  }

  /** What a page of the feed is to hold. */
  feed(after: bigint, limit: number, filter: FeedFilter): KnownEvent[] {
    const { types, tenantId } = filter;
    return this.events
      .filter(({ position }) => position > after)
      .filter(({ type }) => types === undefined || types.some((wanted) => fits(type, wanted)))
      .filter((event) => tenantId === undefined || event.tenantId === tenantId)
      .slice(0, limit);
  }

  private judgeOne({ streamId, tenantId, expectedVersion, events }: EncodedAppend): Verdict {
    const stream = this.ofStream(streamId);
    if (stream.length > 0 && stream[0]?.tenantId !== tenantId) return { outcome: 'wrong-tenant' };
    const known = events.flatMap(({ id }) => this.events.filter((event) => event.id === id));
    const [first] = known;
    if (first !== undefined) return this.judgeKnown(first, known, streamId, expectedVersion, events);
    const actualVersion = stream.length;
    const wanted = { any: actualVersion, noStream: 0, streamExists: Math.max(1, actualVersion) };
    const expected = typeof expectedVersion === 'number' ? expectedVersion : wanted[expectedVersion];
    if (expected !== actualVersion) return { outcome: 'conflict', actualVersion };
    return { outcome: 'appended', version: actualVersion + events.length };
  }

  private judgeKnown(
    first: KnownEvent,
    known: readonly KnownEvent[],
    streamId: string,
    expectedVersion: ExpectedVersion,
    events: readonly EncodedEvent[],
  ): Verdict {
    const place = this.ofStream(streamId)
      .slice(first.version - 1, first.version - 1 + events.length)
      .map(({ id }) => id)
      .join();
    const inPlace = first.streamId === streamId && place === events.map(({ id }) => id).join();
    const before = expectedVersion === 'noStream' ? 0 : expectedVersion;
    const expectedThere = typeof before !== 'number' || before === first.version - 1;
    const last = known.at(-1) ?? first;
    if (!inPlace || !expectedThere) {
      return { outcome: 'duplicate', eventId: first.id, existingStreamId: first.streamId };
    }
    return { outcome: 'repeated', version: last.version, firstPosition: first.position, lastPosition: last.position };
  }
}

/** An event of a type, with an id of its own unless one is given. */
export function eventOf(type: string, id: string = randomUUID()): EncodedEvent {
  return { id, type, schemaVersion: 1, data: '{}', metadata: '{}', occurredAt: new Date(0) };
}

function fits(type: string, wanted: string): boolean {
  return wanted.endsWith('*') ? type.slice(0, wanted.length - 1) === wanted.slice(0, -1) : type === wanted;
}
