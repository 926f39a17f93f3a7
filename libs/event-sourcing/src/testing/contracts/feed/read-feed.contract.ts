import { InvalidArgumentError, NewEvent, type RecordedEvent } from '../../../core/index.js';
import { encodedAppend, encodedEvent, ParcelNoted } from '../../fixtures/parcel-events.js';
import {
  collect,
  type EventStorageBackend,
  type EventStoreScenario,
  failureOf,
  range,
  withEventStore,
} from '../event-storage-backend.js';
import type { TestApi } from '../test-api.js';

/** Reading the feed of all streams; pages have three events. */
export function readFeedContract({ describe, it, expect }: TestApi, backend: EventStorageBackend): void {
  describe('readAll', () => {
    it(
      'yields every event once, in position order, whatever its stream',
      withEventStore(backend, async (scenario) => {
        await threeStreams(scenario, 8);
        const events = await scenario.feed();
        expect(notesOf(events)).toEqual(range(1, 8));
        const positions = events.map(({ position }) => position);
        expect(positions).toEqual([...positions].sort((a, b) => Number(a - b)));
      }),
    );

    it(
      'starts after a position',
      withEventStore(backend, async (scenario) => {
        await threeStreams(scenario, 8);
        const events = await scenario.feed();
        for (const [index, { position }] of events.entries()) {
          expect(notesOf(await scenario.feed({ after: position }))).toEqual(range(index + 2, 8));
        }
      }),
    );

    it(
      'yields nothing after the head, nor beyond it',
      withEventStore(backend, async (scenario) => {
        await threeStreams(scenario, 2);
        const head = await scenario.store.headPosition();
        expect(await scenario.feed({ after: head })).toEqual([]);
        expect(await scenario.feed({ after: head + 1_000n })).toEqual([]);
      }),
    );

    it(
      'yields no more than its limit',
      withEventStore(backend, async (scenario) => {
        await threeStreams(scenario, 8);
        for (const limit of [0, 1, 2, 3, 4, 6, 8, 9]) {
          expect(notesOf(await scenario.feed({ limit }))).toEqual(range(1, Math.min(limit, 8)));
        }
        for (const limit of [-1, 0.5, Number.NaN]) {
          expect(await failureOf(scenario.feed({ limit }))).toBeInstanceOf(InvalidArgumentError);
        }
      }),
    );

    it(
      'starts at the beginning where nothing else is said',
      withEventStore(backend, async (scenario) => {
        const { streamId, events } = encodedAppend(scenario.stream());
        await scenario.storage.append([encodedAppend(streamId, { events })], { atomic: true });
        const first = await scenario.storage.readFeed({ after: 0n, limit: 1 });
        const same = await collect(scenario.store.readAll({ limit: 1, types: first.events.map(({ type }) => type) }));
        expect(same.map(({ position }) => position)).toEqual(first.events.map(({ position }) => position));
      }),
    );

    it(
      'can be left early',
      withEventStore(backend, async (scenario) => {
        await threeStreams(scenario, 8);
        for (const leaveAt of range(1, 8)) {
          let seen = 0;
          for await (const _event of scenario.store.readAll({ after: scenario.start })) {
            if (++seen === leaveAt) break;
          }
          expect(seen).toBe(leaveAt);
        }
        expect((await scenario.feed()).length).toBe(8);
      }),
    );
  });

  describe('a page of the feed', () => {
    it(
      'reaches to its last event where it is full, else to the horizon',
      withEventStore(backend, async (scenario) => {
        await threeStreams(scenario, 5);
        const events = await scenario.feed();
        const { head, horizon } = await scenario.storage.horizon();
        const after = scenario.start;
        for (const limit of range(1, 5)) {
          const page = await scenario.storage.readFeed({ after, limit });
          expect(page).toMatchObject({ upTo: events[limit - 1]?.position, head, horizon, holderPid: undefined });
          expect(page.events.length).toBe(limit);
        }
        expect(await scenario.storage.readFeed({ after, limit: 6 })).toMatchObject({ upTo: horizon });

        const behind = encodedAppend(scenario.stream(), { events: [encodedEvent({ type: 'other.type' })] });
        await scenario.storage.append([behind], { atomic: true });
        const filtered = await scenario.storage.readFeed({ after, limit: 6, filter: { types: ['parcel.*'] } });
        expect(filtered.events.length).toBe(5);
        expect(filtered.upTo).toBe(filtered.horizon);
        expect(filtered.upTo).toBeGreaterThan(horizon);
      }),
    );

    it(
      'that finds nothing reaches to the horizon, and never back',
      withEventStore(backend, async (scenario) => {
        await threeStreams(scenario, 5);
        const { horizon } = await scenario.storage.horizon();
        const nothing = { limit: 2, filter: { types: ['no.such'] } };
        for (const after of [scenario.start, horizon - 1n, horizon]) {
          expect(await scenario.storage.readFeed({ after, ...nothing })).toMatchObject({ events: [], upTo: horizon });
        }
        const beyond = horizon + 5n;
        expect(await scenario.storage.readFeed({ after: beyond, limit: 2 })).toMatchObject({
          events: [],
          upTo: beyond,
        });
      }),
    );

    for (const limit of [1, 2, 3, 7, 100]) {
      it(
        `of ${limit} leads to the next, so that a filter meets each event once`,
        withEventStore(backend, async ({ storage, stream, start }) => {
          const types = ['odd.one', 'even.one'];
          const ids: string[] = [];
          for (const n of range(1, 14)) {
            const event = encodedEvent({ type: types[n % 2] });
            if (n % 2 === 0) ids.push(event.id);
            await storage.append([encodedAppend(stream(), { events: [event] })], { atomic: true });
          }
          const met: string[] = [];
          const { horizon } = await storage.horizon();
          for (let after = start; after < horizon;) {
            const page = await storage.readFeed({ after, limit, filter: { types: ['odd.*'] } });
            met.push(...page.events.map(({ id }) => id));
            expect(page.upTo).toBeGreaterThan(after);
            after = page.upTo;
          }
          expect(met).toEqual(ids);
        }),
      );
    }
  });

  describe('horizon', () => {
    it(
      'is at the head where nothing is under way, also after a refused append',
      withEventStore(backend, async ({ store, stream }) => {
        const { position } = await store.append(stream(), [new ParcelNoted(1)]);
        await failureOf(store.append(stream(), [new ParcelNoted(2)], { expectedVersion: 4 }));
        const { head, horizon, holderPid } = await store.horizon();
        expect(horizon).toBe(head);
        expect(head >= position).toBe(true);
        expect(await store.headPosition()).toBe(head);
        expect(holderPid).toBe(undefined);
      }),
    );
  });
}

/** Appends notes 1 to `count`, one by one, to three streams in turn. */
async function threeStreams({ store, stream }: EventStoreScenario, count: number): Promise<void> {
  const streams = range(1, 3).map(() => stream());
  for (const n of range(1, count)) {
    await store.append(streams[n % 3] as string, [new NewEvent(new ParcelNoted(n))]);
  }
}

function notesOf(events: readonly RecordedEvent[]): unknown[] {
  return events.map(({ data }) => (data as ParcelNoted).note);
}
