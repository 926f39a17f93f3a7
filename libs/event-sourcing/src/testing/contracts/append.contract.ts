import { type ExpectedVersion, NewEvent } from '../../core/index.js';
import { ConcurrencyError } from '../../event-store/index.js';
import { ParcelNoted, ParcelRegistered, ParcelWeighed } from '../fixtures/parcel-events.js';
import { type EventStorageBackend, failureOf, range, withEventStore } from './event-storage-backend.js';
import type { TestApi } from './test-api.js';

const NOTES = [new ParcelNoted(1), new ParcelNoted(2)];

/** Versions, positions and expected versions of appends. */
export function appendContract({ describe, it, expect }: TestApi, backend: EventStorageBackend): void {
  describe('append', () => {
    it(
      'starts a stream at version 1 and says where its events are',
      withEventStore(backend, async ({ store, stream, eventsOf, start }) => {
        const streamId = stream();
        const result = await store.append(streamId, [new ParcelRegistered('Ada'), new ParcelWeighed(120, 'A')]);

        const [first, second] = await eventsOf(streamId);
        expect(first).toMatchObject({ streamId, version: 1, type: 'parcel.registered', category: 'parcel' });
        expect(second).toMatchObject({ streamId, version: 2, type: 'parcel.weighed', schemaVersion: 3 });
        expect(result).toEqual({
          streamId,
          version: 2,
          firstPosition: first?.position,
          position: second?.position,
          repeated: false,
        });
        expect(result.firstPosition).toBeGreaterThan(start);
      }),
    );

    it(
      'continues a stream without gaps, in position order',
      withEventStore(backend, async ({ store, stream, eventsOf }) => {
        const streamId = stream();
        await store.append(streamId, NOTES);
        await store.append(stream(), NOTES);
        const result = await store.append(streamId, NOTES);

        const events = await eventsOf(streamId);
        expect(events.map(({ version }) => version)).toEqual([1, 2, 3, 4]);
        expect(events.map(({ position }) => position)).toEqual(
          events.map(({ position }) => position).sort((a, b) => Number(a - b)),
        );
        expect(new Set(events.map(({ id }) => id)).size).toBe(4);
        expect(result).toMatchObject({ version: 4, firstPosition: events[2]?.position, position: events[3]?.position });
      }),
    );

    it(
      'reports version and head of what was appended',
      withEventStore(backend, async ({ store, stream }) => {
        const streamId = stream();
        expect(await store.streamVersion(streamId)).toBe(0);
        const { position } = await store.append(streamId, NOTES);
        expect(await store.streamVersion(streamId)).toBe(2);
        expect(await store.headPosition()).toBe(position);
        expect(await store.horizon()).toEqual({ head: position, horizon: position, holderPid: undefined });
      }),
    );
  });

  describe('expected version', () => {
    const met: [ExpectedVersion, number][] = [
      ['any', 0],
      ['noStream', 0],
      [0, 0],
      ['any', 2],
      ['streamExists', 2],
      [2, 2],
    ];
    for (const [expectedVersion, version] of met) {
      it(
        `${expectedVersion} is met by a stream at version ${version}`,
        withEventStore(backend, async ({ store, stream, eventsOf }) => {
          const streamId = stream();
          if (version > 0) await store.append(streamId, NOTES);
          const result = await store.append(streamId, NOTES, { expectedVersion });
          expect(result.version).toBe(version + 2);
          expect((await eventsOf(streamId)).map((event) => event.version)).toEqual(range(1, version + 2));
        }),
      );
    }

    const missed: [ExpectedVersion, number][] = [
      ['streamExists', 0],
      [1, 0],
      ['noStream', 2],
      [0, 2],
      [1, 2],
      [3, 2],
      [2_147_483_646, 2],
    ];
    for (const [expectedVersion, actualVersion] of missed) {
      it(
        `${expectedVersion} is missed by a stream at version ${actualVersion}: ConcurrencyError, nothing stored`,
        withEventStore(backend, async ({ store, stream, feed }) => {
          const streamId = stream();
          if (actualVersion > 0) await store.append(streamId, NOTES);
          const error = await failureOf(store.append(streamId, NOTES, { expectedVersion }));

          expect(error).toBeInstanceOf(ConcurrencyError);
          expect(error).toMatchObject({ code: 'CONCURRENCY', streamId, expectedVersion, actualVersion });
          expect(await store.streamVersion(streamId)).toBe(actualVersion);
          expect((await feed()).length).toBe(actualVersion);
        }),
      );
    }

    it(
      'lets the same events in once the version is right, after a conflict',
      withEventStore(backend, async ({ store, stream, eventsOf }) => {
        const streamId = stream();
        const events = NOTES.map((note) => new NewEvent(note));
        await failureOf(store.append(streamId, events, { expectedVersion: 7 }));
        const result = await store.append(streamId, events, { expectedVersion: 'noStream' });
        expect(result).toMatchObject({ version: 2, repeated: false });
        expect((await eventsOf(streamId)).length).toBe(2);
      }),
    );
  });
}
