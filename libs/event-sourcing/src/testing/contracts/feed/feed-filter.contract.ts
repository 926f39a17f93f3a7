import { InvalidArgumentError, PARTITION_SLOTS, partitionSlotOf } from '../../../core/index.js';
import type { FeedFilter } from '../../../event-store/index.js';
import {
  CourierHired,
  encodedAppend,
  encodedEvent,
  ParcelNoted,
  ParcelRegistered,
} from '../../fixtures/parcel-events.js';
import {
  collect,
  type EventStorageBackend,
  type EventStoreScenario,
  failureOf,
  range,
  withEventStore,
} from '../event-storage-backend.js';
import type { TestApi } from '../test-api.js';

const TYPES = [
  'parcel.sent',
  'my.parcel.sent',
  'parcel.sent_back',
  'parcel',
  'depot_1.open',
  'depotX1.open',
  'a%b.c',
  'axb.c',
  'b\\c.d',
];

/** What the filters of the feed let through. */
export function feedFilterContract({ describe, it, expect }: TestApi, backend: EventStorageBackend): void {
  describe('filter by types', () => {
    const cases: [types: string[], passing: string[]][] = [
      [['parcel.sent'], ['parcel.sent']],
      [
        ['parcel', 'axb.c', 'parcel'],
        ['parcel', 'axb.c'],
      ],
      [['no.such'], []],
      [[], []],
      [['*'], TYPES],
      [['parcel*'], ['parcel.sent', 'parcel.sent_back', 'parcel']],
      [['parcel.*'], ['parcel.sent', 'parcel.sent_back']],
      [['parcel.sent*'], ['parcel.sent', 'parcel.sent_back']],
      [
        ['parcel.s*', 'b\\c.d', 'no.*'],
        ['parcel.sent', 'parcel.sent_back', 'b\\c.d'],
      ],
      [['depot_1*'], ['depot_1.open']],
      [['a%*'], ['a%b.c']],
      [['b\\*'], ['b\\c.d']],
      [['*.open'], []],
      [['Parcel*'], []],
    ];
    for (const [types, passing] of cases) {
      it(
        `${JSON.stringify(types)} lets through ${JSON.stringify(passing)}`,
        withEventStore(backend, async (scenario) => {
          const events = TYPES.map((type) => encodedEvent({ type }));
          await scenario.storage.append([encodedAppend(scenario.stream(), { events })], { atomic: true });
          const page = await page100(scenario, { types });
          expect(page.map(({ type }) => type).sort()).toEqual([...passing].sort());
        }),
      );
    }
  });

  describe('filter by categories', () => {
    it(
      'lets through streams of just these categories',
      withEventStore(backend, async (scenario) => {
        for (const category of ['parcel', 'parcels', 'Parcel', 'courier', 'par%el', 'depot']) {
          const append = encodedAppend(scenario.stream(category));
          await scenario.storage.append([append], { atomic: true });
        }
        const passing = async (categories: string[]) =>
          (await page100(scenario, { categories })).map(({ category }) => category);
        expect(await passing(['parcel'])).toEqual(['parcel']);
        expect(await passing(['par%el'])).toEqual(['par%el']);
        expect(await passing(['depot', 'courier', 'none'])).toEqual(['courier', 'depot']);
        expect(await passing(['parcel-'])).toEqual([]);
        expect(await passing([])).toEqual([]);
      }),
    );

    it(
      'is what readCategory does, together with other filters',
      withEventStore(backend, async ({ store, stream, start }) => {
        const parcel = stream();
        await store.append(stream('parcels'), [new ParcelNoted(0)]);
        for (const n of range(1, 4)) await store.append(parcel, [new ParcelNoted(n), new ParcelRegistered('Ada')]);
        await store.append(stream('courier'), [new CourierHired('Bo')]);
        const all = await collect(store.readCategory('parcel', { after: start }));
        expect(all.map(({ streamId, version }) => [streamId, version])).toEqual(range(1, 8).map((n) => [parcel, n]));
        const some = await collect(store.readCategory('parcel', { after: start, types: ['parcel.noted'], limit: 3 }));
        expect(some.map(({ version }) => version)).toEqual([1, 3, 5]);
      }),
    );
  });

  describe('filter by tenant', () => {
    it(
      "lets through this tenant's events only",
      withEventStore(backend, async (scenario) => {
        for (const tenantId of ['a', 'b', undefined, 'a', 'A', 'a ']) {
          await scenario.storage.append([encodedAppend(scenario.stream(), { tenantId })], { atomic: true });
        }
        const passing = async (filter: FeedFilter) => (await page100(scenario, filter)).map(({ tenantId }) => tenantId);
        expect(await passing({ tenantId: 'a' })).toEqual(['a', 'a']);
        expect(await passing({ tenantId: 'c' })).toEqual([]);
        expect(await passing({ tenantId: undefined })).toEqual(['a', 'b', undefined, 'a', 'A', 'a ']);
      }),
    );
  });

  describe('filter by partition', () => {
    for (const count of [1, 2, 3, 8, PARTITION_SLOTS]) {
      it(
        `gives each stream to one of ${count} partitions, by its slot`,
        withEventStore(backend, async (scenario) => {
          const streams = range(1, 24).map(() => scenario.stream());
          await scenario.storage.append(
            streams.map((streamId) => encodedAppend(streamId, { events: [encodedEvent(), encodedEvent()] })),
            { atomic: false },
          );
          const used = new Set(streams.map((streamId) => partitionSlotOf(streamId) % count));
          const met: string[] = [];
          for (const index of used) {
            const events = await page100(scenario, { partition: { index, count } });
            for (const { streamId, partitionSlot } of events) {
              expect(partitionSlot).toBe(partitionSlotOf(streamId));
              expect(partitionSlot % count).toBe(index);
            }
            met.push(...events.map(({ streamId }) => streamId));
          }
          expect(met.sort()).toEqual([...streams, ...streams].sort());
        }),
      );
    }

    it(
      'refuses a partition that there is not',
      withEventStore(backend, async ({ feed }) => {
        const faults = [
          { index: 0, count: 0 },
          { index: 2, count: 2 },
          { index: -1, count: 2 },
          { index: 0.5, count: 2 },
          { index: 0, count: PARTITION_SLOTS + 1 },
        ];
        for (const partition of faults) {
          const error = await failureOf(feed({ partition }));
          expect(error).toBeInstanceOf(InvalidArgumentError);
          expect(error).toMatchObject({ argument: 'partition' });
        }
      }),
    );
  });

  describe('several filters', () => {
    it(
      'let through what each of them does',
      withEventStore(backend, async (scenario) => {
        const wanted = encodedAppend(scenario.stream(), { tenantId: 'a', events: [encodedEvent({ type: 'x.y' })] });
        const others = [
          encodedAppend(scenario.stream(), { tenantId: 'b', events: [encodedEvent({ type: 'x.y' })] }),
          encodedAppend(scenario.stream(), { tenantId: 'a', events: [encodedEvent({ type: 'z.y' })] }),
          encodedAppend(scenario.stream('courier'), { tenantId: 'a', events: [encodedEvent({ type: 'x.y' })] }),
        ];
        await scenario.storage.append([...others, wanted], { atomic: true });
        const partition = { index: partitionSlotOf(wanted.streamId) % 2, count: 2 };
        const filter = { types: ['x.*'], categories: ['parcel'], tenantId: 'a', partition };
        expect((await page100(scenario, filter)).map(({ streamId }) => streamId)).toEqual([wanted.streamId]);
        const opposite = { ...partition, index: 1 - partition.index };
        expect(await page100(scenario, { ...filter, partition: opposite })).toEqual([]);
      }),
    );
  });
}

async function page100({ storage, start }: EventStoreScenario, filter: FeedFilter) {
  return (await storage.readFeed({ after: start, limit: 100, filter })).events;
}
