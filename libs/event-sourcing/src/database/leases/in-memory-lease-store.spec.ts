import { describe, expect, it } from '@jest/globals';
import { leaseStoreContract } from '../../testing/index.js';
import { InMemoryLeaseStore } from './in-memory-lease-store.js';

leaseStoreContract(
  { describe, it, expect },
  {
    name: 'memory',
    create: async () => ({ store: new InMemoryLeaseStore(), cleanup: async () => undefined }),
  },
);

describe('InMemoryLeaseStore', () => {
  it('lets a lease expire by the clock that it is given, to the millisecond', async () => {
    let now = 1_000;
    const store = new InMemoryLeaseStore(() => now);
    const key = { subscription: 's', partition: 0 };
    await store.acquire(key, 'a', 500);
    now = 1_499;
    expect(await store.acquire(key, 'b', 500)).toBeUndefined();
    now = 1_500;
    expect(await store.acquire(key, 'b', 500)).toMatchObject({ owner: 'b', epoch: 2n });
  });
});
