import { randomUUID } from 'node:crypto';
import type { SnapshotStore } from '../../event-store/index.js';
import { range } from './event-storage-backend.js';
import type { TestApi } from './test-api.js';

/** A snapshot store for one test. */
export interface SnapshotStoreFixture {
  readonly store: SnapshotStore;
  /** Called when the test has ended. */
  cleanup(): Promise<void>;
}

/** A kind of snapshot store that the contract is run on. */
export interface SnapshotStoreBackend {
  /** Shown in the names of the tests. */
  readonly name: string;
  /** A store, empty or with snapshots of earlier tests: each test has streams of its own. */
  create(): Promise<SnapshotStoreFixture>;
}

/** The behaviour of the snapshot store, as tests. */
export function snapshotStoreContract({ describe, it, expect }: TestApi, backend: SnapshotStoreBackend): void {
  const withStore = (work: (store: SnapshotStore, streamId: string) => Promise<void>) => async () => {
    const { store, cleanup } = await backend.create();
    try {
      await work(store, `parcel-${randomUUID()}`);
    } finally {
      await cleanup();
    }
  };

  describe(`snapshot store, ${backend.name}`, () => {
    it(
      'has nothing for a stream that was never saved',
      withStore(async (store, streamId) => {
        expect(await store.load(streamId, 1)).toBe(undefined);
      }),
    );

    it(
      'gives back what was saved, to the letter',
      withStore(async (store, streamId) => {
        const snapshot = { streamId, version: 7, schemaVersion: 2, state: '{ "z":1, "a":[ 1e2, "ü\\u0041" ] }' };
        expect(await store.save(snapshot)).toBe(true);
        const { takenAt, ...loaded } = (await store.load(streamId, 2)) ?? {};
        expect(loaded).toEqual(snapshot);
        expect(takenAt).toBeInstanceOf(Date);
      }),
    );

    it(
      'keeps the newest: a newer one replaces, an equal or older one does not',
      withStore(async (store, streamId) => {
        const save = (version: number, state: string) => store.save({ streamId, version, schemaVersion: 1, state });
        expect(await save(5, '{"n":5}')).toBe(true);
        expect(await save(9, '{"n":9}')).toBe(true);
        expect(await save(9, '{"n":"other"}')).toBe(false);
        expect(await save(5, '{"n":5}')).toBe(false);
        expect(await store.load(streamId, 1)).toMatchObject({ version: 9, state: '{"n":9}' });
      }),
    );

    it(
      'keeps the newest of many that are saved at once',
      withStore(async (store, streamId) => {
        const versions = range(1, 20).map((n) => ((n * 7) % 20) + 1);
        await Promise.all(
          versions.map((version) => store.save({ streamId, version, schemaVersion: 1, state: `{"n":${version}}` })),
        );
        expect(await store.load(streamId, 1)).toMatchObject({ version: 20, state: '{"n":20}' });
      }),
    );

    it(
      'keeps schema versions apart, so that two releases do not disturb each other',
      withStore(async (store, streamId) => {
        await store.save({ streamId, version: 9, schemaVersion: 1, state: '{"old":1}' });
        expect(await store.load(streamId, 2)).toBe(undefined);
        expect(await store.save({ streamId, version: 4, schemaVersion: 2, state: '{"new":1}' })).toBe(true);
        expect(await store.load(streamId, 1)).toMatchObject({ version: 9, state: '{"old":1}' });
        expect(await store.load(streamId, 2)).toMatchObject({ version: 4, state: '{"new":1}' });
      }),
    );

    it(
      'has a snapshot for its own tenant, and for who names none, but for no other tenant',
      withStore(async (store, streamId) => {
        const free = `${streamId}-free`;
        await store.save({ streamId, tenantId: 'a', version: 3, schemaVersion: 1, state: '{}' });
        await store.save({ streamId: free, version: 3, schemaVersion: 1, state: '{}' });
        expect(await store.load(streamId, 1, 'a')).toMatchObject({ version: 3, tenantId: 'a' });
        expect(await store.load(streamId, 1)).toMatchObject({ version: 3, tenantId: 'a' });
        expect((await store.load(free, 1))?.tenantId).toBe(undefined);
        for (const [stream, tenantId] of [
          [streamId, 'b'],
          [streamId, 'A'],
          [free, 'a'],
        ] as const) {
          expect(await store.load(stream, 1, tenantId)).toBe(undefined);
        }
        expect(await store.save({ streamId, tenantId: 'a', version: 5, schemaVersion: 1, state: '{}' })).toBe(true);
        expect(await store.load(streamId, 1, 'a')).toMatchObject({ version: 5, tenantId: 'a' });
      }),
    );

    it(
      'removes all snapshots of a stream and of no other',
      withStore(async (store, streamId) => {
        const other = `${streamId}-other`;
        for (const schemaVersion of [1, 2]) {
          await store.save({ streamId, version: 3, schemaVersion, state: '{}' });
          await store.save({ streamId: other, version: 3, schemaVersion, state: '{}' });
        }
        await store.remove(streamId);
        await store.remove(streamId);
        expect(await store.load(streamId, 1)).toBe(undefined);
        expect(await store.load(streamId, 2)).toBe(undefined);
        expect(await store.load(other, 2)).toMatchObject({ version: 3 });
        expect(await store.save({ streamId, version: 1, schemaVersion: 1, state: '{}' })).toBe(true);
      }),
    );
  });
}
