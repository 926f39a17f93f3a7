import { partitionSlotOf } from '../../../core/index.js';
import { ParcelNoted } from '../../fixtures/parcel-events.js';
import { type EventStorageBackend, type EventStoreScenario, range, withEventStore } from '../event-storage-backend.js';
import type { TestApi } from '../test-api.js';

/** What of the feed waits behind positions, and the horizon with its age. */
export function feedBacklogContract({ describe, it, expect }: TestApi, backend: EventStorageBackend): void {
  describe('backlog', () => {
    it(
      'counts what waits after a position, and gives the age of the oldest',
      withEventStore(backend, async (scenario) => {
        const positions = await append(scenario, scenario.stream(), 5);
        const { storage, start } = scenario;
        const all = await storage.backlog({ after: [start], limit: 100 });
        expect([all.count, all.isCut, all.ageSeconds >= 0 && all.ageSeconds < 60]).toEqual([5, false, true]);
        expect(await storage.backlog({ after: [positions[2] as bigint], limit: 100 })).toMatchObject({ count: 2 });
        const none = await storage.backlog({ after: [positions[4] as bigint], limit: 100 });
        expect(none).toEqual({ count: 0, ageSeconds: 0, isCut: false });
      }),
    );

    it(
      'looks at no more events than it may',
      withEventStore(backend, async (scenario) => {
        await append(scenario, scenario.stream(), 5);
        const { storage, start } = scenario;
        expect(await storage.backlog({ after: [start], limit: 3 })).toMatchObject({ count: 3, isCut: true });
        expect(await storage.backlog({ after: [start], limit: 5 })).toMatchObject({ count: 5, isCut: true });
        expect(await storage.backlog({ after: [start], limit: 6 })).toMatchObject({ count: 5, isCut: false });
      }),
    );

    it(
      'counts what the filter lets through only',
      withEventStore(backend, async (scenario) => {
        await append(scenario, scenario.stream('parcel'), 2);
        await append(scenario, scenario.stream('letter'), 3);
        const { storage, start } = scenario;
        const count = async (filter: object): Promise<number> =>
          (await storage.backlog({ after: [start], filter, limit: 100 })).count;
        expect(await count({ categories: ['letter'] })).toBe(3);
        expect(await count({ types: ['parcel.noted'] })).toBe(5);
        expect(await count({ types: ['parcel.n*', 'other'] })).toBe(5);
        expect(await count({ types: ['other.*'] })).toBe(0);
        expect(await count({ tenantId: 'nobody' })).toBe(0);
      }),
    );

    it(
      'measures each partition from its own position',
      withEventStore(backend, async (scenario) => {
        const streams = [0, 1].map((slot) => streamOf(scenario, slot));
        const [even = [], odd = []] = [
          await append(scenario, streams[0] as string, 3),
          await append(scenario, streams[1] as string, 4),
        ];
        const behind = async (...after: [bigint, bigint]): Promise<number> =>
          (await scenario.storage.backlog({ after, limit: 100 })).count;
        expect(await behind(scenario.start, scenario.start)).toBe(7);
        expect(await behind(even[0] as bigint, odd[3] as bigint)).toBe(2);
        expect(await behind(odd[3] as bigint, odd[0] as bigint)).toBe(3);
      }),
    );
  });

  describe('heldHorizon', () => {
    it(
      'is the horizon, of no age where nothing is held',
      withEventStore(backend, async (scenario) => {
        await append(scenario, scenario.stream(), 1);
        const { storage } = scenario;
        expect(await storage.heldHorizon()).toEqual({ ...(await storage.horizon()), ageSeconds: 0 });
      }),
    );
  });
}

function streamOf(scenario: EventStoreScenario, slot: number): string {
  for (;;) {
    const stream = scenario.stream();
    if (partitionSlotOf(stream) % 2 === slot) return stream;
  }
}

async function append({ store, eventsOf }: EventStoreScenario, streamId: string, count: number): Promise<bigint[]> {
  await store.append(
    streamId,
    range(1, count).map((n) => new ParcelNoted(`${n}`)),
  );
  return (await eventsOf(streamId)).map(({ position }) => position);
}
