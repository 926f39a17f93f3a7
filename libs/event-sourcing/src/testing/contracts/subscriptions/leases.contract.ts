import { randomUUID } from 'node:crypto';
import type { Lease, LeaseStore, PartitionKey } from '../../../database/index.js';
import { range } from '../event-storage-backend.js';
import type { TestApi } from '../test-api.js';

/** A lease store for one test. */
export interface LeaseStoreFixture {
  readonly store: LeaseStore;
  /** Called when the test has ended. */
  cleanup(): Promise<void>;
}

/** A kind of lease store that the contract is run on. */
export interface LeaseStoreBackend {
  /** Shown in the names of the tests. */
  readonly name: string;
  /** A store, empty or with leases of earlier tests: each test has a subscription of its own. */
  create(): Promise<LeaseStoreFixture>;
}

const LONG_MS = 60_000;

/** So short that it has expired as soon as somebody looks. */
const SHORT_MS = 1;

/** The behaviour of the lease store, as tests. */
export function leaseStoreContract(api: TestApi, backend: LeaseStoreBackend): void {
  api.describe(`lease store, ${backend.name}`, () => {
    const withStore = (work: (store: LeaseStore, key: PartitionKey) => Promise<void>) => async () => {
      const { store, cleanup } = await backend.create();
      try {
        await work(store, { subscription: `s-${randomUUID()}`, partition: 0 });
      } finally {
        await cleanup();
      }
    };
    ownership(api, withStore);
    expiry(api, withStore);
    renewal(api, withStore);
    competition(api, withStore);
  });
}

type WithStore = (work: (store: LeaseStore, key: PartitionKey) => Promise<void>) => () => Promise<void>;

function ownership({ it, expect }: TestApi, withStore: WithStore): void {
  it(
    'gives a free lease to who asks, and to nobody else while it is held',
    withStore(async (store, key) => {
      expect(await store.acquire(key, 'a', LONG_MS)).toEqual({ ...key, owner: 'a', epoch: 1n });
      expect(await store.acquire(key, 'b', LONG_MS)).toBe(undefined);
      expect(await statusOf(store, key)).toEqual([{ ...key, owner: 'a', epoch: 1n }]);
    }),
  );

  it(
    'gives it to its owner again, at a higher epoch, and the lease before is lost',
    withStore(async (store, key) => {
      const first = await acquired(store, key, 'a', LONG_MS);
      const second = await acquired(store, key, 'a', LONG_MS);
      expect(second.epoch).toBeGreaterThan(first.epoch);
      expect(await isRenewed(store, first, LONG_MS)).toBe(false);
      expect(await store.release(first)).toBe(false);
      expect(await isRenewed(store, second, LONG_MS)).toBe(true);
    }),
  );

  it(
    'gives it to another at once when it was released, at a higher epoch',
    withStore(async (store, key) => {
      const first = await acquired(store, key, 'a', LONG_MS);
      expect(await store.release(first)).toBe(true);
      expect(await store.release(first)).toBe(false);
      expect(await statusOf(store, key)).toEqual([{ ...key, owner: undefined, epoch: first.epoch }]);
      expect(await isRenewed(store, first, LONG_MS)).toBe(false);
      const second = await acquired(store, key, 'b', LONG_MS);
      expect(second.epoch).toBeGreaterThan(first.epoch);
      await store.release(first);
      expect(await store.acquire(key, 'c', LONG_MS)).toBe(undefined);
    }),
  );

  it(
    'keeps partitions and subscriptions apart',
    withStore(async (store, key) => {
      const keys = [key, { ...key, partition: 1 }, { ...key, subscription: `${key.subscription}/1` }];
      for (const [index, other] of keys.entries()) await acquired(store, other, `owner-${index}`, LONG_MS);
      for (const [index, other] of keys.entries()) {
        expect(await statusOf(store, other)).toEqual([{ ...other, owner: `owner-${index}`, epoch: 1n }]);
      }
    }),
  );
}

function expiry({ it, expect }: TestApi, withStore: WithStore): void {
  it(
    'gives an expired lease to another, and the one before can no longer be renewed',
    withStore(async (store, key) => {
      const first = await acquired(store, key, 'a', SHORT_MS);
      const second = await onceAcquired(store, key, 'b');
      expect(second.epoch).toBeGreaterThan(first.epoch);
      expect(await isRenewed(store, first, LONG_MS)).toBe(false);
      await store.release(first);
      expect(await statusOf(store, key)).toEqual([{ ...key, owner: 'b', epoch: second.epoch }]);
    }),
  );

  it(
    'shows no owner for a lease that has expired',
    withStore(async (store, key) => {
      const { epoch } = await acquired(store, key, 'a', SHORT_MS);
      const expired = async (): Promise<boolean> => (await statusOf(store, key))[0]?.owner === undefined;
      await until(expired);
      expect(await statusOf(store, key)).toEqual([{ ...key, owner: undefined, epoch }]);
    }),
  );

  it(
    'prolongs a lease that is renewed, counted from then on',
    withStore(async (store, key) => {
      const lease = await acquired(store, key, 'a', LONG_MS);
      expect(await isRenewed(store, lease, SHORT_MS)).toBe(true);
      const next = await onceAcquired(store, key, 'b', SHORT_MS);
      expect(await isRenewed(store, next, LONG_MS)).toBe(true);
      expect(await store.acquire(key, 'c', LONG_MS)).toBe(undefined);
      expect((await statusOf(store, key))[0]).toMatchObject({ owner: 'b', epoch: next.epoch });
    }),
  );
}

function renewal({ it, expect }: TestApi, withStore: WithStore): void {
  it(
    'prolongs all that are held in one step, and gives them and no others',
    withStore(async (store, key) => {
      const keys = range(0, 5).map((partition) => ({ ...key, partition }));
      const leases = await Promise.all(keys.map((one) => acquired(store, one, 'a', SHORT_MS)));
      const [released, again, ...kept] = leases as [Lease, Lease, ...Lease[]];
      await store.release(released);
      await acquired(store, again, 'a', LONG_MS);
      const foreign = { ...(kept[0] as Lease), owner: 'b' };
      expect(await store.renew([foreign, ...leases], LONG_MS)).toEqual(kept);
      expect(await store.renew([], LONG_MS)).toEqual([]);
      for (const { subscription, partition } of kept) {
        expect(await store.acquire({ subscription, partition }, 'c', LONG_MS)).toBe(undefined);
      }
    }),
  );
}

function competition({ it, expect }: TestApi, withStore: WithStore): void {
  it(
    'is lost by whoever has it when the leases of its subscription are revoked, and free for the next',
    withStore(async (store, key) => {
      const lease = await acquired(store, key, 'a', LONG_MS);
      const other = await acquired(store, { ...key, partition: key.partition + 1 }, 'b', LONG_MS);
      await store.revoke(`${key.subscription}-other`);
      expect(await isRenewed(store, lease, LONG_MS)).toBe(true);
      await store.revoke(key.subscription);
      expect(await isRenewed(store, lease, LONG_MS)).toBe(false);
      expect(await isRenewed(store, other, LONG_MS)).toBe(false);
      expect((await acquired(store, key, 'c', LONG_MS)).epoch > lease.epoch).toBe(true);
    }),
  );

  const contest = async (store: LeaseStore, key: PartitionKey): Promise<Lease[]> => {
    const attempts = await Promise.all(range(1, 20).map((n) => store.acquire(key, `owner-${n}`, LONG_MS)));
    return attempts.filter((lease) => lease !== undefined);
  };

  it(
    'has one winner among twenty who ask at once, be it new, released or expired',
    withStore(async (store, key) => {
      const [first, ...others] = await contest(store, key);
      expect(others).toEqual([]);
      await store.release(first as Lease);
      const released = await contest(store, key);
      expect(released.map(({ epoch }) => epoch)).toEqual([2n]);
      expect(await isRenewed(store, released[0] as Lease, SHORT_MS)).toBe(true);
      await until(async () => (await statusOf(store, key))[0]?.owner === undefined);
      const [winner, ...losers] = await contest(store, key);
      expect(losers).toEqual([]);
      expect(await statusOf(store, key)).toEqual([{ ...key, owner: winner?.owner, epoch: 3n }]);
    }),
  );
}

/** Whether the lease was still held and is prolonged. */
async function isRenewed(store: LeaseStore, lease: Lease, ttlMs: number): Promise<boolean> {
  return (await store.renew([lease], ttlMs)).length === 1;
}

async function acquired(store: LeaseStore, key: PartitionKey, owner: string, ttlMs: number): Promise<Lease> {
  const lease = await store.acquire(key, owner, ttlMs);
  if (lease === undefined) throw new Error(`'${owner}' did not get the lease`);
  return lease;
}

async function onceAcquired(store: LeaseStore, key: PartitionKey, owner: string, ttlMs = LONG_MS): Promise<Lease> {
  let lease: Lease | undefined;
  await until(async () => (lease = await store.acquire(key, owner, ttlMs)) !== undefined);
  return lease as unknown as Lease;
}

async function statusOf(store: LeaseStore, { subscription, partition }: PartitionKey) {
  const all = await store.list();
  return all.filter((lease) => lease.subscription === subscription && lease.partition === partition);
}

async function until(condition: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 10_000;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error('the lease did not expire within ten seconds');
  }
}
