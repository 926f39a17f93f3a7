import { InvalidEventError, MAX_EVENT_LENGTH, NewEvent, UnknownEventTypeError } from '../../core/index.js';
import { ParcelLost, ParcelNoted, ParcelRegistered } from '../fixtures/parcel-events.js';
import { type EventStorageBackend, failureOf, withEventStore } from './event-storage-backend.js';
import type { TestApi } from './test-api.js';

/** What events may hold: it comes back the same, or the append is refused with a clear error and stores nothing. */
export function appendPayloadContract({ describe, it, expect }: TestApi, backend: EventStorageBackend): void {
  describe('payload', () => {
    for (const [what, note] of soundNotes()) {
      it(
        `comes back the same: ${what}`,
        withEventStore(backend, async ({ store, stream, eventsOf }) => {
          const streamId = stream();
          await store.append(streamId, [new NewEvent(new ParcelNoted(note), { metadata: { custom: { note } } })]);
          const [event] = await eventsOf(streamId);
          expect((event?.data as ParcelNoted).note).toEqual(note);
          expect(event?.metadata).toEqual({ custom: { note } });
        }),
      );
    }

    it(
      'keeps the order of its fields, and counts undefined ones as absent',
      withEventStore(backend, async ({ store, stream, eventsOf }) => {
        const streamId = stream();
        await store.append(streamId, [new ParcelNoted({ zebra: 1, ant: undefined, bee: { y: 1, x: 2 } })]);
        const [event] = await eventsOf(streamId);
        expect(JSON.stringify(event?.data)).toBe('{"note":{"zebra":1,"bee":{"y":1,"x":2}}}');
      }),
    );

    for (const [what, note, path] of unsoundNotes()) {
      it(
        `is refused by its path, with the events around it: ${what}`,
        withEventStore(backend, async ({ store, stream, feed }) => {
          const streamId = stream();
          const events = [new ParcelRegistered('Ada'), new ParcelNoted(note), new ParcelRegistered('Bo')];
          const error = await failureOf(store.append(streamId, events));
          expect(error).toBeInstanceOf(InvalidEventError);
          expect(error).toMatchObject({ code: 'INVALID_EVENT', eventType: 'parcel.noted', path: `data.note${path}` });
          expect(await store.streamVersion(streamId)).toBe(0);
          expect(await feed()).toEqual([]);
        }),
      );
    }

    it(
      'is refused in one of several streams: nothing is stored in the others',
      withEventStore(backend, async ({ store, stream, feed }) => {
        const [sound, unsound] = [stream(), stream()];
        const error = await failureOf(
          store.appendToStreams([
            { streamId: sound, events: [new ParcelNoted(1)] },
            { streamId: unsound, events: [new ParcelNoted(Number.NaN)] },
          ]),
        );
        expect(error).toBeInstanceOf(InvalidEventError);
        expect(await feed()).toEqual([]);
      }),
    );

    it(
      'is refused where it has more text than an event may have',
      withEventStore(backend, async ({ store, stream, feed }) => {
        const error = await failureOf(store.append(stream(), [new ParcelNoted('x'.repeat(MAX_EVENT_LENGTH))]));
        expect(error).toBeInstanceOf(InvalidEventError);
        expect(error).toMatchObject({ path: 'data' });
        expect(await feed()).toEqual([]);
      }),
    );

    it(
      'is refused in the metadata as in the data',
      withEventStore(backend, async ({ store, stream }) => {
        for (const metadata of [{ custom: { deep: ['\ud800'] } }, { actor: 'a\u0000' }]) {
          const error = await failureOf(store.append(stream(), [new NewEvent(new ParcelNoted(1), { metadata })]));
          expect(error).toBeInstanceOf(InvalidEventError);
        }
      }),
    );

    it(
      'stays as it was, whatever becomes of the objects and lists that were given',
      withEventStore(backend, async ({ store, stream, eventsOf }) => {
        const streamId = stream();
        const note = { text: 'before' };
        const occurredAt = new Date('2024-05-01T12:00:00.000Z');
        const events = [new NewEvent(new ParcelNoted(note), { occurredAt })];
        const result = store.append(streamId, events);
        events.push(new NewEvent(new ParcelNoted('too late')));
        expect((await result).version).toBe(1);
        note.text = 'after';
        occurredAt.setTime(0);
        const [event] = await eventsOf(streamId);
        expect((event?.data as ParcelNoted).note).toEqual({ text: 'before' });
        expect(event?.occurredAt).toEqual(new Date('2024-05-01T12:00:00.000Z'));
      }),
    );
  });

  describe('event', () => {
    it(
      'of a type that is not registered is refused',
      withEventStore(backend, async ({ store, stream, feed }) => {
        for (const [event, eventType] of [
          [new ParcelLost(), 'parcel.lost'],
          [{ sender: 'Ada' }, 'Object'],
          [Object.create(null) as object, 'Object'],
        ] as const) {
          const error = await failureOf(store.append(stream(), [new ParcelNoted(1), event]));
          expect(error).toBeInstanceOf(UnknownEventTypeError);
          expect(error).toMatchObject({ code: 'UNKNOWN_EVENT_TYPE', eventType });
        }
        expect(await feed()).toEqual([]);
      }),
    );

    it(
      'with an id that is no UUID, or a time that is none or out of reach, is refused',
      withEventStore(backend, async ({ store, stream, feed }) => {
        const faults = [
          [{ id: '' }, 'id'],
          [{ id: 'parcel-1' }, 'id'],
          [{ id: '00000000-0000-7000-8000-00000000000g' }, 'id'],
          [{ occurredAt: new Date(Number.NaN) }, 'occurredAt'],
          [{ occurredAt: new Date('-000001-01-01T00:00:00Z') }, 'occurredAt'],
          [{ occurredAt: new Date('+010000-01-01T00:00:00Z') }, 'occurredAt'],
        ] as const;
        for (const [options, path] of faults) {
          const error = await failureOf(store.append(stream(), [new NewEvent(new ParcelNoted(1), options)]));
          expect(error).toBeInstanceOf(InvalidEventError);
          expect(error).toMatchObject({ path });
        }
        expect(await feed()).toEqual([]);
      }),
    );
  });
}

function soundNotes(): [what: string, note: unknown][] {
  return [
    ['plain values', { text: 'x', yes: true, no: false, nothing: null, list: [], empty: {} }],
    ['letters of many scripts', 'Zoë, Łódź, Ελλάδα, 東京, 🚚, 👩‍👩‍👧'],
    ['quotes, backslashes and line ends', `"double" 'single' \\back\\ \r\n\t \u2028 \u2029 $1 $$ {curly} \\u0000`],
    ['control characters but for U+0000', '\u0001\u0008\u001f\u007f\u0085'],
    ['numbers at the edges', [0, -1, 0.1, 1e308, 5e-324, Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER, 1e21]],
    ['odd names of fields', { '': 1, ' ': 2, 'a.b': 3, ünï: 4, constructor: 5, toString: 6, '1': 7 }],
    ['fifty levels', nested(50)],
    ['a megabyte of text', 'parcel ✓ '.repeat(120_000)],
  ];
}

function unsoundNotes(): [what: string, note: unknown, path: string][] {
  const circle: { self?: unknown } = {};
  circle.self = circle;
  return [
    ['NaN', { weight: Number.NaN }, '.weight'],
    ['Infinity', [1, Number.POSITIVE_INFINITY], '[1]'],
    ['the first half of a surrogate pair', 'a\ud83d', ''],
    ['the second half of a surrogate pair', { deep: [{ text: '\ude9ab' }] }, '.deep[0].text'],
    ['half of a surrogate pair in a name', { '\ud83d': 1 }, '.\ud83d'],
    ['U+0000', { text: 'a\u0000b' }, '.text'],
    ['U+0000 in a name', { 'a\u0000': 1 }, '.a\u0000'],
    ['a bigint', 1n, ''],
    ['a function', { run: () => 1 }, '.run'],
    ['a symbol', Symbol('s'), ''],
    ['a Map', { of: new Map([[1, 2]]) }, '.of'],
    ['a Set', new Set([1]), ''],
    ['bytes', new Uint8Array([1]), ''],
    ['an invalid Date', { at: new Date(Number.NaN) }, '.at'],
    ['undefined in a list', [1, undefined], '[1]'],
    ['a circle', circle, '.self'.repeat(127)],
  ];
}

function nested(levels: number): unknown {
  return levels === 0 ? 'bottom' : { level: [nested(levels - 1)] };
}
