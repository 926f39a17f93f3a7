import { randomUUID } from 'node:crypto';
import { NewEvent, UndecodableEventError, UnknownEventTypeError } from '../../core/index.js';
import {
  encodedAppend,
  encodedEvent,
  ParcelNoted,
  ParcelRegistered,
  ParcelWeighed,
} from '../fixtures/parcel-events.js';
import { collect, type EventStorageBackend, failureOf, withEventStore } from './event-storage-backend.js';
import type { TestApi } from './test-api.js';

/** What a reader gets: events of their classes, as they were appended, in the newest shape. */
export function decodingContract({ describe, it, expect }: TestApi, backend: EventStorageBackend): void {
  describe('recorded event', () => {
    it(
      'has all that was said of it',
      withEventStore(backend, async ({ store, stream, eventsOf }) => {
        const streamId = stream();
        const id = randomUUID();
        const occurredAt = new Date('2020-02-29T23:59:59.999Z');
        const metadata = {
          correlationId: 'c',
          causationId: 'k',
          actor: 'ada',
          traceParent: '00-1-2-01',
          custom: { n: 1 },
        };
        const data = new ParcelWeighed(250, 'B');
        const { position } = await store.append(streamId, [new NewEvent(data, { id, occurredAt, metadata })]);

        const [event] = await eventsOf(streamId);
        const { recordedAt, ...rest } = event ?? {};
        const place = { streamId, category: 'parcel', version: 1, position, tenantId: undefined };
        const type = { type: 'parcel.weighed', schemaVersion: 3 };
        expect(rest).toEqual({ id, ...type, ...place, data, metadata, occurredAt });
        expect(event?.data).toBeInstanceOf(ParcelWeighed);
        expect(recordedAt).toBeInstanceOf(Date);
        expect((await eventsOf(streamId))[0]?.recordedAt).toEqual(recordedAt);
      }),
    );

    it(
      'has a time as it was given, from year 1 to year 9999',
      withEventStore(backend, async ({ store, stream, eventsOf }) => {
        const streamId = stream();
        const times = [
          '0001-01-01T00:00:00.000Z',
          '1582-10-10T01:02:03.004Z',
          '1969-12-31T23:59:59.999Z',
          '1970-01-01T00:00:00.000Z',
          '2024-03-31T01:30:00.001Z',
          '9999-12-31T23:59:59.999Z',
        ].map((time) => new Date(time));
        const events = times.map((occurredAt) => new NewEvent(new ParcelNoted(1), { occurredAt }));
        await store.append(streamId, events);
        expect((await eventsOf(streamId)).map(({ occurredAt }) => occurredAt)).toEqual(times);
      }),
    );

    it(
      'has an id and a time of its own where none was given',
      withEventStore(backend, async ({ store, stream, eventsOf }) => {
        const streamId = stream();
        const before = Date.now();
        await store.append(streamId, [new ParcelNoted(1), new ParcelNoted(1)]);
        const after = Date.now();
        const [one, other] = await eventsOf(streamId);
        expect(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/.test(one?.id ?? '')).toBe(true);
        expect(one?.id === other?.id).toBe(false);
        const time = one?.occurredAt.getTime() ?? 0;
        expect(time >= before && time <= after).toBe(true);
      }),
    );

    it(
      'is the same in the feed and in its stream',
      withEventStore(backend, async ({ store, stream, eventsOf, feed }) => {
        const streamId = stream();
        const metadata = { custom: { note: 'ünï' } };
        await store.append(streamId, [new NewEvent(new ParcelNoted({ a: [1] }), { metadata })], { tenantId: 'a' });
        expect(await feed()).toEqual(await eventsOf(streamId));
      }),
    );

    it(
      'cannot be changed, and what is done to its dates changes nothing in the store',
      withEventStore(backend, async ({ store, stream, eventsOf, feed }) => {
        const streamId = stream();
        const metadata = { custom: { deep: { list: [1] } } };
        await store.append(streamId, [new NewEvent(new ParcelNoted({ deep: { list: [{}] } }), { metadata })]);
        const before = JSON.stringify(await eventsOf(streamId), withoutBigInt);
        for (const event of [...(await eventsOf(streamId)), ...(await feed())]) {
          expect(everythingFrozen(event)).toBe(true);
          event.occurredAt.setTime(0);
          event.recordedAt.setTime(0);
        }
        expect(JSON.stringify(await eventsOf(streamId), withoutBigInt)).toBe(before);
      }),
    );
  });

  describe('context', () => {
    it(
      'lands in the metadata of every event, and what the event says of itself wins',
      withEventStore(backend, async ({ store, context, stream, eventsOf }) => {
        const streamId = stream();
        const values = { correlationId: 'c-1', causationId: 'k-1', actor: 'ada', custom: { from: 'context' } };
        await context.run({ ...values, tenantId: 'a' }, () =>
          store.append(streamId, [
            new ParcelNoted(1),
            new NewEvent(new ParcelNoted(2), { metadata: { actor: 'bo', custom: { from: 'event' } } }),
          ]),
        );
        await store.append(streamId, [new ParcelNoted(3)], { tenantId: 'a' });
        expect((await eventsOf(streamId)).map(({ metadata }) => metadata)).toEqual([
          values,
          { ...values, actor: 'bo', custom: { from: 'event' } },
          {},
        ]);
      }),
    );
  });

  describe('old event', () => {
    for (const [schemaVersion, data] of [
      [1, '{"kilograms":2}'],
      [2, '{"grams":2000}'],
      [3, '{"grams":2000,"scale":"unknown"}'],
    ] as const) {
      it(
        `of schema version ${schemaVersion} is read in the shape of version 3`,
        withEventStore(backend, async ({ storage, stream, eventsOf, feed }) => {
          const streamId = stream();
          const events = [encodedEvent({ type: 'parcel.weighed', schemaVersion, data })];
          await storage.append([encodedAppend(streamId, { events })], { atomic: true });
          for (const [event] of [await eventsOf(streamId), await feed()]) {
            expect(event).toMatchObject({ schemaVersion: 3, type: 'parcel.weighed' });
            expect(event?.data).toBeInstanceOf(ParcelWeighed);
            expect(event?.data).toEqual(new ParcelWeighed(2_000, 'unknown'));
          }
        }),
      );
    }
  });

  describe('event that cannot be decoded', () => {
    it(
      'of an unknown type hurts only who asks for it',
      withEventStore(backend, async ({ storage, stream, eventsOf, feed, store }) => {
        const streamId = stream();
        const events = [encodedEvent(), encodedEvent({ type: 'ghost.seen' }), encodedEvent()];
        await storage.append([encodedAppend(streamId, { events })], { atomic: true });

        const attempts = [feed(), feed({ types: ['ghost.*'] }), eventsOf(streamId)];
        for (const error of await Promise.all(attempts.map(failureOf))) {
          expect(error).toBeInstanceOf(UnknownEventTypeError);
          expect(error).toMatchObject({ eventType: 'ghost.seen' });
        }
        const known = await feed({ types: ['parcel.*'] });
        expect(known.map(({ version }) => version)).toEqual([1, 3]);
        const around = await collect(store.readStream(streamId, { from: 3 }));
        expect(around.map(({ data }) => data)).toEqual([new ParcelRegistered('Ada')]);
      }),
    );

    it(
      'of a version that is too new, or whose upcaster throws, is named',
      withEventStore(backend, async ({ storage, stream, eventsOf }) => {
        const faults = [{ schemaVersion: 4 }, { schemaVersion: 1, data: 'null' }];
        for (const fault of faults) {
          const streamId = stream();
          const event = encodedEvent({ type: 'parcel.weighed', ...fault });
          const append = encodedAppend(streamId, { events: [event] });
          const [outcome] = await storage.append([append], { atomic: true });
          const error = await failureOf(eventsOf(streamId));
          expect(error).toBeInstanceOf(UndecodableEventError);
          const position = outcome?.outcome === 'appended' ? outcome.firstPosition : undefined;
          expect(error).toMatchObject({ eventId: event.id, eventType: 'parcel.weighed', position });
        }
      }),
    );
  });
}

function everythingFrozen(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || value instanceof Date) return true;
  return Object.isFrozen(value) && Object.values(value).every(everythingFrozen);
}

function withoutBigInt(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? String(value) : value;
}
