import { InvalidArgumentError, MAX_STREAM_ID_BYTES } from '../../core/index.js';
import { MAX_EVENTS_PER_APPEND } from '../../event-store/index.js';
import { ParcelNoted } from '../fixtures/parcel-events.js';
import { collect, type EventStorageBackend, failureOf, range, withEventStore } from './event-storage-backend.js';
import type { TestApi } from './test-api.js';

const TIMEOUT_MS = 60_000;

/** How much an append takes, and which arguments. */
export function appendLimitsContract({ describe, it, expect }: TestApi, backend: EventStorageBackend): void {
  describe('number of events', () => {
    it(
      `may be ${MAX_EVENTS_PER_APPEND} in one append`,
      withEventStore(backend, async ({ storage, store, stream }) => {
        const streamId = stream();
        const events = range(1, MAX_EVENTS_PER_APPEND).map((n) => new ParcelNoted(n));
        const result = await store.append(streamId, events, { expectedVersion: 'noStream' });
        expect(result.version).toBe(MAX_EVENTS_PER_APPEND);
        const everything = { fromVersion: 1, toVersion: MAX_EVENTS_PER_APPEND + 1, limit: MAX_EVENTS_PER_APPEND + 1 };
        const stored = await storage.readStream({ streamId, direction: 'forwards', ...everything });
        expect(stored.map(({ data }) => data)).toEqual(events.map((event) => JSON.stringify(event)));
        expect(stored.map(({ version }) => version)).toEqual(range(1, MAX_EVENTS_PER_APPEND));
      }),
      TIMEOUT_MS,
    );

    it(
      'is refused when it is none or one too many',
      withEventStore(backend, async ({ store, stream, feed }) => {
        const note = new ParcelNoted('x');
        for (const events of [[], range(0, MAX_EVENTS_PER_APPEND).map(() => note)]) {
          const error = await failureOf(store.append(stream(), events));
          expect(error).toBeInstanceOf(InvalidArgumentError);
          expect(error).toMatchObject({ code: 'INVALID_ARGUMENT', argument: 'events' });
        }
        expect(await feed()).toEqual([]);
      }),
    );
  });

  describe('stream id', () => {
    const longest = MAX_STREAM_ID_BYTES - 'parcel-'.length;
    const sound: [string, (own: string) => string][] = [
      ['a thousand characters', (own) => own.padEnd(1_000, 'x')],
      ['the most bytes', (own) => `parcel-${own.slice(7).padEnd(longest, 'x')}`],
      ['the most bytes of wide letters', (own) => own.padEnd(own.length + Math.floor((longest - 36) / 3), '東')],
      ['more dashes', (own) => `${own}--a-b-`],
      ['spaces, quotes, percents and backslashes', (own) => `${own} '"%_\\ \\' $1 ; --`],
      ['letters beyond the basic plane', (own) => `${own}🚚`],
    ];
    for (const [what, make] of sound) {
      it(
        `may have ${what}`,
        withEventStore(backend, async ({ store, stream, eventsOf, feed }) => {
          const streamId = make(stream());
          await store.append(streamId, [new ParcelNoted(1)], { expectedVersion: 'noStream' });
          expect((await store.append(streamId, [new ParcelNoted(2)], { expectedVersion: 1 })).version).toBe(2);
          expect((await eventsOf(streamId)).map((event) => event.streamId)).toEqual([streamId, streamId]);
          expect((await feed({ categories: ['parcel'] })).map((event) => event.streamId)).toEqual([streamId, streamId]);
        }),
      );
    }

    it(
      'is told apart by every character',
      withEventStore(backend, async ({ store, stream, eventsOf }) => {
        const own = stream();
        const twins = [
          own,
          `${own}a`,
          `${own}A`,
          `${own} `,
          `${own}a `,
          `${own}á`,
          `${own}a\u0301`,
          `${own}_`,
          `${own}%`,
        ];
        for (const [index, streamId] of twins.entries()) {
          await store.append(streamId, [new ParcelNoted(index)], { expectedVersion: 'noStream' });
        }
        for (const [index, streamId] of twins.entries()) {
          expect((await eventsOf(streamId)).map(({ data }) => (data as ParcelNoted).note)).toEqual([index]);
        }
      }),
    );

    const unsound = ['', 'parcel', '-1', 'parcel-', 'parcel-a\u0000b', 'parcel-\n', 'par\u007fcel-1', 'parcel-\ud83d'];
    const tooLong = [`parcel-${'x'.repeat(longest + 1)}`, `parcel-${'東'.repeat(Math.floor(longest / 3) + 1)}`];
    for (const streamId of [...unsound, ...tooLong]) {
      it(
        `is refused: ${JSON.stringify(streamId.slice(0, 20))} of ${streamId.length} characters`,
        withEventStore(backend, async ({ store, stream, feed }) => {
          const appends = [streamId, stream()].map((id) => ({ streamId: id, events: [new ParcelNoted(1)] }));
          const attempts = [
            store.append(streamId, [new ParcelNoted(1)]),
            store.appendToStreams(appends.reverse()),
            collect(store.readStream(streamId)),
          ];
          for (const error of await Promise.all(attempts.map(failureOf))) {
            expect(error).toBeInstanceOf(InvalidArgumentError);
            expect(error).toMatchObject({ argument: 'streamId' });
          }
          expect(await feed()).toEqual([]);
        }),
      );
    }
  });

  describe('expected version', () => {
    for (const wrong of [-1, -2, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 2_147_483_647, '3', 'nostream', null, 1n]) {
      it(
        `${String(wrong)} (${typeof wrong}) is refused`,
        withEventStore(backend, async ({ store, stream, feed }) => {
          const expectedVersion = wrong as number;
          const error = await failureOf(store.append(stream(), [new ParcelNoted(1)], { expectedVersion }));
          expect(error).toBeInstanceOf(InvalidArgumentError);
          expect(error).toMatchObject({ argument: 'expectedVersion' });
          expect(await feed()).toEqual([]);
        }),
      );
    }
  });
}
