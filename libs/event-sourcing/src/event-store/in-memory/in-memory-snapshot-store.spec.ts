import { describe, expect, it } from '@jest/globals';
import { snapshotStoreContract } from '../../testing/index.js';
import { InMemorySnapshotStore } from './in-memory-snapshot-store.js';

snapshotStoreContract(
  { describe, it, expect },
  { name: 'in memory', create: async () => ({ store: new InMemorySnapshotStore(), cleanup: () => Promise.resolve() }) },
);

describe('InMemorySnapshotStore', () => {
  it('takes the time from its clock', async () => {
    const store = new InMemorySnapshotStore(() => new Date('2025-01-02T03:04:05.006Z'));
    await store.save({ streamId: 'parcel-1', version: 1, schemaVersion: 1, state: '{}' });
    expect((await store.load('parcel-1', 1))?.takenAt).toEqual(new Date('2025-01-02T03:04:05.006Z'));
  });
});
