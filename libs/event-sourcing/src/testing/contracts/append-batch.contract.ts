import { InvalidArgumentError } from '../../core/index.js';
import { ConcurrencyError, type EncodedAppend } from '../../event-store/index.js';
import { encodedAppend, encodedEvent, ParcelNoted } from '../fixtures/parcel-events.js';
import {
  type EventStorageBackend,
  type EventStoreScenario,
  failureOf,
  withEventStore,
} from './event-storage-backend.js';
import type { TestApi } from './test-api.js';

/** Several appends in one step: each for itself, or all or none. */
export function appendBatchContract(api: TestApi, backend: EventStorageBackend): void {
  const { describe } = api;
  describe('batch of independent appends', () => {
    independentAppends(api, backend);
  });
  describe('atomic batch', () => {
    atomicAppends(api, backend);
  });
  describe('appendToStreams', () => {
    appendsToStreams(api, backend);
  });
}

function independentAppends({ it, expect }: TestApi, backend: EventStorageBackend): void {
  it(
    'answers each append in order, and one that fails leaves the others be',
    withEventStore(backend, async (scenario) => {
      const { storage, feed } = scenario;
      const { appends, known, holder } = await mixedBatch(scenario);
      const outcomes = await storage.append(appends, { atomic: false });

      const [first, conflict, duplicate, wrongTenant, repeated, last] = outcomes;
      expect(outcomes.length).toBe(6);
      expect(first).toMatchObject({ outcome: 'appended', version: 2 });
      expect(conflict).toEqual({ outcome: 'conflict', actualVersion: 0 });
      expect(duplicate).toEqual({ outcome: 'duplicate', eventId: known.id, existingStreamId: holder });
      expect(wrongTenant).toEqual({ outcome: 'wrong-tenant' });
      expect(repeated).toMatchObject({ outcome: 'repeated', version: 1 });
      expect(last).toMatchObject({ outcome: 'appended', version: 1 });

      const stored = (await feed()).slice(2);
      const [batchFirst, , , , , batchLast] = appends;
      expect(stored.map(({ streamId, version }) => [streamId, version])).toEqual([
        [batchFirst?.streamId, 1],
        [batchFirst?.streamId, 2],
        [batchLast?.streamId, 1],
      ]);
      expect(first).toMatchObject({ firstPosition: stored[0]?.position, lastPosition: stored[1]?.position });
      expect(last).toMatchObject({ firstPosition: stored[2]?.position, lastPosition: stored[2]?.position });
    }),
  );

  it(
    'leaves no stream behind for an append that failed',
    withEventStore(backend, async ({ storage, stream }) => {
      const [failing, sound] = [stream(), stream()];
      await storage.append([encodedAppend(failing, { expectedVersion: 3 }), encodedAppend(sound)], { atomic: false });
      expect(await storage.streamVersion(failing)).toBe(0);
      const [outcome] = await storage.append([encodedAppend(failing, { expectedVersion: 'noStream', tenantId: 'a' })], {
        atomic: false,
      });
      expect(outcome).toMatchObject({ outcome: 'appended', version: 1 });
    }),
  );

  it(
    'refuses the second of two appends with the same event id',
    withEventStore(backend, async ({ storage, stream, feed }) => {
      const events = [encodedEvent()];
      const appends = [
        encodedAppend(stream(), { events }),
        encodedAppend(stream(), { events }),
        encodedAppend(stream()),
      ];
      const outcomes = await storage.append(appends, { atomic: false });
      expect(outcomes.map(({ outcome }) => outcome)).toEqual(['appended', 'duplicate', 'appended']);
      expect(outcomes[1]).toMatchObject({ eventId: events[0]?.id });
      expect((await feed()).map(({ streamId }) => streamId)).toEqual([appends[0]?.streamId, appends[2]?.streamId]);
    }),
  );

  it(
    'stores a hundred appends, each with its own result',
    withEventStore(backend, async ({ storage, stream, eventsOf }) => {
      const appends = Array.from({ length: 100 }, (_, index) =>
        encodedAppend(stream(), { events: Array.from({ length: 1 + (index % 3) }, () => encodedEvent()) }),
      );
      const outcomes = await storage.append(appends, { atomic: false });
      for (const [index, { streamId, events }] of appends.entries()) {
        const recorded = await eventsOf(streamId);
        expect(recorded.map(({ id }) => id)).toEqual(events.map(({ id }) => id));
        expect(outcomes[index]).toEqual({
          outcome: 'appended',
          version: events.length,
          firstPosition: recorded[0]?.position,
          lastPosition: recorded.at(-1)?.position,
        });
      }
    }),
  );
}

function atomicAppends({ it, expect }: TestApi, backend: EventStorageBackend): void {
  it(
    'stores nothing where one append fails, and tells each what became of it',
    withEventStore(backend, async (scenario) => {
      const { appends } = await mixedBatch(scenario);
      const outcomes = await scenario.storage.append(appends, { atomic: true });
      expect(outcomes.map(({ outcome }) => outcome)).toEqual([
        'withheld',
        'conflict',
        'duplicate',
        'wrong-tenant',
        'withheld',
        'withheld',
      ]);
      expect((await scenario.feed()).length).toBe(2);
      for (const { streamId, expectedVersion } of appends) {
        if (expectedVersion === 'noStream') expect(await scenario.storage.streamVersion(streamId)).toBe(0);
      }
    }),
  );

  it(
    'takes repeated appends together with new ones',
    withEventStore(backend, async ({ storage, stream, feed }) => {
      const before = encodedAppend(stream());
      const [first] = await storage.append([before], { atomic: true });
      const outcomes = await storage.append([before, encodedAppend(stream())], { atomic: true });
      expect(outcomes[0]).toEqual({ ...first, outcome: 'repeated' });
      expect(outcomes[1]).toMatchObject({ outcome: 'appended', version: 1 });
      expect((await feed()).length).toBe(2);
    }),
  );
}

function appendsToStreams({ it, expect }: TestApi, backend: EventStorageBackend): void {
  it(
    'stores all and answers in order',
    withEventStore(backend, async ({ store, stream, feed }) => {
      const [first, second] = [stream(), stream('courier')];
      await store.append(second, [new ParcelNoted(0)]);
      const results = await store.appendToStreams([
        { streamId: second, events: [new ParcelNoted(1)], expectedVersion: 1 },
        { streamId: first, events: [new ParcelNoted(2), new ParcelNoted(3)], expectedVersion: 'noStream' },
      ]);
      expect(results.map(({ streamId, version }) => [streamId, version])).toEqual([
        [second, 2],
        [first, 2],
      ]);
      const notes = (await feed()).map(({ data }) => (data as ParcelNoted).note);
      expect([...notes].sort()).toEqual([0, 1, 2, 3]);
    }),
  );

  it(
    'stores nothing where one of them fails, and throws for the first at fault',
    withEventStore(backend, async ({ store, stream, feed }) => {
      const [sound, late, missing] = [stream(), stream(), stream()];
      await store.append(late, [new ParcelNoted(0)]);
      const error = await failureOf(
        store.appendToStreams([
          { streamId: sound, events: [new ParcelNoted(1)] },
          { streamId: late, events: [new ParcelNoted(2)], expectedVersion: 'noStream' },
          { streamId: missing, events: [new ParcelNoted(3)], expectedVersion: 'streamExists' },
        ]),
      );
      expect(error).toBeInstanceOf(ConcurrencyError);
      expect(error).toMatchObject({ streamId: late, expectedVersion: 'noStream', actualVersion: 1 });
      expect((await feed()).length).toBe(1);
      expect(await store.streamVersion(sound)).toBe(0);
    }),
  );

  it(
    'refuses a stream named twice, an append without events and no append at all',
    withEventStore(backend, async ({ store, stream, feed }) => {
      const append = { streamId: stream(), events: [new ParcelNoted(1)] };
      const faults = [[append, append], [append, { streamId: stream(), events: [] }], []];
      for (const appends of faults) {
        expect(await failureOf(store.appendToStreams(appends))).toBeInstanceOf(InvalidArgumentError);
      }
      expect(await feed()).toEqual([]);
    }),
  );
}

/** A batch in which each kind of outcome has its place, after two appends that it refers to. */
async function mixedBatch({ storage, stream }: EventStoreScenario) {
  const known = encodedEvent();
  const holder = stream();
  const ofTenant = encodedAppend(stream(), { tenantId: 'a' });
  await storage.append([encodedAppend(holder, { events: [known] }), ofTenant], { atomic: true });
  const appends: EncodedAppend[] = [
    encodedAppend(stream(), { events: [encodedEvent(), encodedEvent()], expectedVersion: 'noStream' }),
    encodedAppend(stream(), { expectedVersion: 'streamExists' }),
    encodedAppend(stream(), { events: [encodedEvent(), known] }),
    encodedAppend(ofTenant.streamId, { tenantId: 'b' }),
    encodedAppend(holder, { events: [known] }),
    encodedAppend(stream(), { expectedVersion: 'noStream' }),
  ];
  return { appends, known, holder };
}
