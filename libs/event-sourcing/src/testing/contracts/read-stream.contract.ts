import { InvalidArgumentError, MAX_VERSION } from '../../core/index.js';
import type { ReadStreamOptions } from '../../event-store/index.js';
import { ParcelNoted } from '../fixtures/parcel-events.js';
import { collect, type EventStorageBackend, failureOf, range, withEventStore } from './event-storage-backend.js';
import type { TestApi } from './test-api.js';

/** Reading one stream; pages have three events. */
export function readStreamContract({ describe, it, expect }: TestApi, backend: EventStorageBackend): void {
  const notes = (count: number) => range(1, count).map((n) => new ParcelNoted(n));

  describe('readStream', () => {
    it(
      'yields nothing for a stream that does not exist',
      withEventStore(backend, async ({ store, stream }) => {
        for (const direction of ['forwards', 'backwards'] as const) {
          expect(await collect(store.readStream(stream(), { direction }))).toEqual([]);
        }
      }),
    );

    for (const count of [1, 2, 3, 4, 6, 7]) {
      it(
        `yields all of ${count} events over the ends of pages, both ways`,
        withEventStore(backend, async ({ store, stream, eventsOf }) => {
          const streamId = stream();
          await store.append(streamId, notes(count));
          await store.append(stream(), notes(5));
          const forwards = await eventsOf(streamId);
          expect(forwards.map(({ version, data }) => [version, (data as ParcelNoted).note])).toEqual(
            range(1, count).map((n) => [n, n]),
          );
          const backwards = await collect(store.readStream(streamId, { direction: 'backwards' }));
          expect(backwards).toEqual(forwards.toReversed());
        }),
      );
    }

    const ranges: [ReadStreamOptions, number[]][] = [
      [{ from: 4 }, range(4, 8)],
      [{ from: 8 }, [8]],
      [{ from: 9 }, []],
      [{ from: MAX_VERSION + 1 }, []],
      [{ to: 3 }, range(1, 3)],
      [{ to: 0 }, []],
      [{ to: 100 }, range(1, 8)],
      [{ to: Number.MAX_SAFE_INTEGER }, range(1, 8)],
      [{ from: 2, to: 6 }, range(2, 6)],
      [{ from: 5, to: 5 }, [5]],
      [{ from: 6, to: 2 }, []],
      [{ limit: 0 }, []],
      [{ limit: 1 }, [1]],
      [{ limit: 3 }, range(1, 3)],
      [{ limit: 4 }, range(1, 4)],
      [{ limit: 100 }, range(1, 8)],
      [{ from: 3, limit: 5 }, range(3, 7)],
      [{ from: 3, to: 5, limit: 5 }, range(3, 5)],
      [{ direction: 'backwards', from: 4 }, [8, 7, 6, 5, 4]],
      [{ direction: 'backwards', to: 5 }, [5, 4, 3, 2, 1]],
      [{ direction: 'backwards', from: 2, to: 6, limit: 4 }, [6, 5, 4, 3]],
      [{ direction: 'backwards', limit: 1 }, [8]],
      [{ direction: 'backwards', limit: 7 }, [8, 7, 6, 5, 4, 3, 2]],
      [{ direction: 'backwards', from: 9 }, []],
      [{ direction: 'backwards', to: 0 }, []],
    ];
    for (const [options, versions] of ranges) {
      it(
        `with ${JSON.stringify(options)} yields versions [${versions.join(', ')}] of 8`,
        withEventStore(backend, async ({ store, stream }) => {
          const streamId = stream();
          await store.append(streamId, notes(8));
          const events = await collect(store.readStream(streamId, options));
          expect(events.map(({ version }) => version)).toEqual(versions);
        }),
      );
    }

    it(
      'refuses what is no version and no limit',
      withEventStore(backend, async ({ store, stream }) => {
        const faults: [ReadStreamOptions, string][] = [
          [{ from: 0 }, 'from'],
          [{ from: 1.5 }, 'from'],
          [{ from: Number.POSITIVE_INFINITY }, 'from'],
          [{ to: -1 }, 'to'],
          [{ to: Number.NaN }, 'to'],
          [{ limit: -1 }, 'limit'],
          [{ limit: Number.NaN }, 'limit'],
        ];
        for (const [options, argument] of faults) {
          const error = await failureOf(collect(store.readStream(stream(), options)));
          expect(error).toBeInstanceOf(InvalidArgumentError);
          expect(error).toMatchObject({ argument });
        }
      }),
    );

    it(
      'can be left early, and several readers do not disturb each other',
      withEventStore(backend, async ({ store, stream, eventsOf }) => {
        const streamId = stream();
        await store.append(streamId, notes(8));
        for (let leaveAt = 1; leaveAt <= 8; leaveAt++) {
          for await (const { version } of store.readStream(streamId)) {
            if (version === leaveAt) break;
          }
        }
        const [one, other] = [store.readStream(streamId), store.readStream(streamId, { direction: 'backwards' })];
        const [a, b] = [one[Symbol.asyncIterator](), other[Symbol.asyncIterator]()];
        for (const n of range(1, 8)) {
          expect(await a.next()).toMatchObject({ done: false, value: { version: n } });
          expect(await b.next()).toMatchObject({ done: false, value: { version: 9 - n } });
        }
        expect((await eventsOf(streamId)).length).toBe(8);
      }),
    );

    it(
      'goes on without a gap where the stream grows meanwhile',
      withEventStore(backend, async ({ store, stream }) => {
        const streamId = stream();
        await store.append(streamId, notes(4));
        const versions: number[] = [];
        for await (const { version } of store.readStream(streamId)) {
          versions.push(version);
          if (versions.length === 2) await store.append(streamId, notes(4));
        }
        expect(versions).toEqual(range(1, 8));
      }),
    );
  });
}
