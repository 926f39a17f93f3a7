import type { EntityManager } from 'typeorm';
import { InvalidArgumentError } from '../../core/index.js';
import { ConcurrencyError } from '../../event-store/index.js';
import { ParcelNoted } from '../fixtures/parcel-events.js';
import {
  collect,
  type EventStorageBackend,
  type EventStoreScenario,
  failureOf,
  withEventStore,
} from './event-storage-backend.js';
import type { TestApi } from './test-api.js';

/** Appends and reads in a transaction of the caller, for storages that can; the others refuse a `manager`. */
export function transactionContract(api: TestApi, backend: EventStorageBackend): void {
  api.describe('transaction of the caller', () => {
    if (backend.capabilities.transactions) joinedTransactions(api, backend);
    else refusedTransactions(api, backend);
  });
}

function refusedTransactions({ it, expect }: TestApi, backend: EventStorageBackend): void {
  it(
    'is refused where the storage has none to join',
    withEventStore(backend, async ({ store, storage, stream, feed }) => {
      const manager = {} as EntityManager;
      const attempts = [
        store.append(stream(), [new ParcelNoted(1)], { manager }),
        store.appendToStreams([{ streamId: stream(), events: [new ParcelNoted(1)] }], { manager }),
        collect(store.readStream(stream(), { manager })),
        storage.streamVersion(stream(), { manager }),
      ];
      for (const error of await Promise.all(attempts.map(failureOf))) {
        expect(error).toBeInstanceOf(InvalidArgumentError);
        expect(error).toMatchObject({ argument: 'manager' });
      }
      expect(await feed()).toEqual([]);
    }),
  );
}

function joinedTransactions({ it, expect }: TestApi, backend: EventStorageBackend): void {
  it(
    'that commits stores the events',
    withEventStore(backend, async (scenario) => {
      const streamId = scenario.stream();
      const result = await transactionOf(scenario)((manager) =>
        scenario.store.append(streamId, [new ParcelNoted(1), new ParcelNoted(2)], { manager }),
      );
      const events = await scenario.feed();
      expect(events.map(({ version }) => version)).toEqual([1, 2]);
      expect(result).toMatchObject({ version: 2, position: events[1]?.position, repeated: false });
    }),
  );

  it(
    'that is rolled back leaves nothing behind, and the same append can be made again',
    withEventStore(backend, async (scenario) => {
      const { store, stream, feed } = scenario;
      const streamId = stream();
      const events = [new ParcelNoted(1)];
      const failed = transactionOf(scenario)(async (manager) => {
        await store.append(streamId, events, { manager, expectedVersion: 'noStream' });
        throw new Error('changed my mind');
      });
      expect(await failureOf(failed)).toMatchObject({ message: 'changed my mind' });
      expect(await store.streamVersion(streamId)).toBe(0);
      expect(await feed()).toEqual([]);
      const result = await store.append(streamId, events, { expectedVersion: 'noStream' });
      expect(result).toMatchObject({ version: 1, repeated: false });
    }),
  );

  it(
    'sees its own appends, which nobody else sees before it commits',
    withEventStore(backend, async (scenario) => {
      const { store, storage, stream, eventsOf, feed } = scenario;
      const streamId = stream();
      await transactionOf(scenario)(async (manager) => {
        await store.append(streamId, [new ParcelNoted(1)], { manager });
        await store.append(streamId, [new ParcelNoted(2)], { manager, expectedVersion: 1 });
        expect((await collect(store.readStream(streamId, { manager }))).length).toBe(2);
        expect(await storage.streamVersion(streamId, { manager })).toBe(2);
        expect(await eventsOf(streamId)).toEqual([]);
        expect(await store.streamVersion(streamId)).toBe(0);
        expect(await feed()).toEqual([]);
      });
      expect((await eventsOf(streamId)).length).toBe(2);
    }),
  );

  it(
    'can go on after a conflict',
    withEventStore(backend, async (scenario) => {
      const streamId = scenario.stream();
      await transactionOf(scenario)(async (manager) => {
        const attempt = scenario.store.append(streamId, [new ParcelNoted(1)], { manager, expectedVersion: 3 });
        expect(await failureOf(attempt)).toBeInstanceOf(ConcurrencyError);
        await scenario.store.append(streamId, [new ParcelNoted(2)], { manager, expectedVersion: 'noStream' });
      });
      expect((await scenario.eventsOf(streamId)).map(({ data }) => data)).toEqual([new ParcelNoted(2)]);
    }),
  );

  it(
    'holds the horizon while it is open, so that nothing behind it is read before it',
    withEventStore(backend, async (scenario) => {
      const { store, stream, feed, start } = scenario;
      const [slow, quick] = [stream(), stream()];
      await transactionOf(scenario)(async (manager) => {
        await store.append(slow, [new ParcelNoted('slow')], { manager });
        const { position } = await store.append(quick, [new ParcelNoted('quick')]);
        const { head, horizon, holderPid } = await store.horizon();
        expect({ head, horizon }).toEqual({ head: position, horizon: start });
        expect(holderPid).toBeGreaterThan(0);
        expect(await feed()).toEqual([]);
      });
      expect((await feed()).map(({ streamId }) => streamId)).toEqual([slow, quick]);
    }),
  );
}

function transactionOf({ transaction }: EventStoreScenario) {
  if (transaction === undefined) throw new Error('the fixture of a backend with transactions must have `transaction`');
  return transaction;
}
