import { randomUUID } from 'node:crypto';
import { type ExpectedVersion, NewEvent } from '../../core/index.js';
import { DuplicateEventError } from '../../event-store/index.js';
import { ParcelNoted } from '../fixtures/parcel-events.js';
import { type EventStorageBackend, failureOf, withEventStore } from './event-storage-backend.js';
import type { TestApi } from './test-api.js';

/** Appends that were made before, and event ids that are in use. */
export function appendRepetitionContract({ describe, it, expect }: TestApi, backend: EventStorageBackend): void {
  describe('repeated append', () => {
    for (const expectedVersion of ['any', 'noStream', 0, 'streamExists'] satisfies ExpectedVersion[]) {
      it(
        `with the same ids and ${expectedVersion} gives the first result and stores nothing`,
        withEventStore(backend, async ({ store, stream, feed }) => {
          const streamId = stream();
          const events = notes(3);
          const first = await store.append(streamId, events);
          const again = await store.append(streamId, events, { expectedVersion });
          expect(again).toEqual({ ...first, repeated: true });
          expect((await feed()).length).toBe(3);
        }),
      );
    }

    it(
      'gives the first result also after the stream went on',
      withEventStore(backend, async ({ store, stream, feed }) => {
        const streamId = stream();
        await store.append(streamId, notes(2));
        const events = notes(2);
        const first = await store.append(streamId, events, { expectedVersion: 2 });
        await store.append(streamId, notes(3));

        expect(await store.append(streamId, events, { expectedVersion: 2 })).toEqual({ ...first, repeated: true });
        expect(await store.append(streamId, events)).toEqual({ ...first, repeated: true });
        expect(await store.streamVersion(streamId)).toBe(7);
        expect((await feed()).length).toBe(7);
      }),
    );

    it(
      'may be a run of events that came in other portions',
      withEventStore(backend, async ({ store, stream, eventsOf }) => {
        const streamId = stream();
        const events = notes(5);
        await store.append(streamId, events.slice(0, 3));
        await store.append(streamId, events.slice(3));
        const recorded = await eventsOf(streamId);

        const again = await store.append(streamId, events.slice(1, 4), { expectedVersion: 1 });
        expect(again).toEqual({
          streamId,
          version: 4,
          firstPosition: recorded[1]?.position,
          position: recorded[3]?.position,
          repeated: true,
        });
        expect(await store.streamVersion(streamId)).toBe(5);
      }),
    );

    it(
      'is known by its ids, in capital letters too',
      withEventStore(backend, async ({ store, stream, eventsOf }) => {
        const streamId = stream();
        const id = randomUUID();
        await store.append(streamId, [new NewEvent(new ParcelNoted(1), { id: id.toUpperCase() })]);
        const again = await store.append(streamId, [new NewEvent(new ParcelNoted(1), { id })]);
        expect(again.repeated).toBe(true);
        expect((await eventsOf(streamId)).map((event) => event.id)).toEqual([id]);
      }),
    );
  });

  describe('event id in use', () => {
    const stored = notes(4, 'known');
    const [one, two, three] = stored as [NewEvent, NewEvent, NewEvent, NewEvent];
    const [fresh] = notes(1, 'fresh') as [NewEvent];
    const cases: [what: string, events: NewEvent[], expectedVersion: ExpectedVersion, offender: NewEvent][] = [
      ['known events followed by a new one', [...stored, fresh], 'any', one],
      ['a new event before a known one', [fresh, two], 'any', two],
      ['known events in another order', [two, one], 'any', two],
      ['known events with one left out', [one, three], 'any', one],
      ['known events where another version is expected', [one, two], 4, one],
      ['known events where the stream should not exist', [two, three], 'noStream', two],
      ['known events before a version that is not reached', [one, two], 9, one],
    ];
    for (const [what, events, expectedVersion, offender] of cases) {
      it(
        `${what}: DuplicateEventError, nothing stored`,
        withEventStore(backend, async ({ store, stream, feed }) => {
          const streamId = stream();
          const own = withIdsOfTheirOwn([...stored, fresh]);
          const pick = (event: NewEvent): NewEvent => own.get(event) as NewEvent;
          await store.append(streamId, stored.map(pick));
          const error = await failureOf(store.append(streamId, events.map(pick), { expectedVersion }));

          expect(error).toBeInstanceOf(DuplicateEventError);
          const eventId = pick(offender).options.id;
          expect(error).toMatchObject({ code: 'DUPLICATE_EVENT', streamId, eventId, existingStreamId: streamId });
          expect((await feed()).length).toBe(4);
        }),
      );
    }

    for (const expectedVersion of ['any', 'noStream', 'streamExists', 5] satisfies ExpectedVersion[]) {
      it(
        `in another stream, expecting ${expectedVersion}: DuplicateEventError that names it, nothing stored`,
        withEventStore(backend, async ({ store, stream, feed }) => {
          const [holder, other] = [stream(), stream()];
          const events = notes(2);
          await store.append(holder, events);
          const error = await failureOf(store.append(other, events, { expectedVersion }));

          expect(error).toBeInstanceOf(DuplicateEventError);
          const eventId = events[0]?.options.id;
          expect(error).toMatchObject({ streamId: other, eventId, existingStreamId: holder });
          expect(await store.streamVersion(other)).toBe(0);
          expect((await feed()).length).toBe(2);
        }),
      );
    }

    it(
      'twice within one append: DuplicateEventError, nothing stored',
      withEventStore(backend, async ({ store, stream, feed }) => {
        const [first, second] = notes(2) as [NewEvent, NewEvent];
        const error = await failureOf(store.append(stream(), [first, second, first]));
        expect(error).toBeInstanceOf(DuplicateEventError);
        expect(error).toMatchObject({ eventId: first.options.id, existingStreamId: undefined });
        expect(await feed()).toEqual([]);
      }),
    );

    it(
      'in two appends that are stored together: DuplicateEventError, nothing stored',
      withEventStore(backend, async ({ store, stream, feed }) => {
        const events = notes(1);
        const appends = [
          { streamId: stream(), events },
          { streamId: stream(), events },
        ];
        const error = await failureOf(store.appendToStreams(appends));
        expect(error).toBeInstanceOf(DuplicateEventError);
        expect(error).toMatchObject({ streamId: appends[1]?.streamId, eventId: events[0]?.options.id });
        expect(await feed()).toEqual([]);
      }),
    );
  });
}

function notes(count: number, text = 'note'): NewEvent[] {
  return Array.from({ length: count }, (_, n) => new NewEvent(new ParcelNoted(`${text} ${n}`), { id: randomUUID() }));
}

// The cases are a table that all tests share; each run of a test needs ids that the store has not seen.
function withIdsOfTheirOwn(events: readonly NewEvent[]): Map<NewEvent, NewEvent> {
  return new Map(events.map((event) => [event, new NewEvent(event.data, { id: randomUUID() })]));
}
