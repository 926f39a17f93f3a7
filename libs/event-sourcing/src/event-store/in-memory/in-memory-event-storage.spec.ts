import { describe, expect, it } from '@jest/globals';
import { encodedAppend, encodedEvent, eventStoreContract } from '../../testing/index.js';
import { InMemoryEventStorage } from './in-memory-event-storage.js';

eventStoreContract(
  { describe, it, expect },
  {
    name: 'in memory',
    capabilities: { transactions: false },
    create: async () => ({ storage: new InMemoryEventStorage(), cleanup: () => Promise.resolve() }),
  },
);

describe('InMemoryEventStorage', () => {
  it('begins with nothing', async () => {
    const storage = new InMemoryEventStorage();
    expect(await storage.horizon()).toEqual({ head: 0n, horizon: 0n, holderPid: undefined });
    expect(await storage.readFeed({ after: 0n, limit: 5 })).toMatchObject({ events: [], upTo: 0n });
  });

  it('counts positions from 1, without gaps', async () => {
    const storage = new InMemoryEventStorage();
    const [first] = await storage.append([encodedAppend('parcel-1')], { atomic: true });
    await storage.append([encodedAppend('parcel-1', { expectedVersion: 9 })], { atomic: true });
    const [second] = await storage.append([encodedAppend('parcel-2')], { atomic: false });
    expect(first).toMatchObject({ firstPosition: 1n, lastPosition: 1n });
    expect(second).toMatchObject({ firstPosition: 2n, lastPosition: 2n });
  });

  it('refuses an id that a batch gives twice, in one append or in two', async () => {
    const storage = new InMemoryEventStorage();
    const [event, other] = [encodedEvent(), encodedEvent()];
    const duplicate = { outcome: 'duplicate', eventId: event.id, existingStreamId: undefined };

    const one = encodedAppend('parcel-1', { events: [event, other, event] });
    expect(await storage.append([one], { atomic: true })).toEqual([duplicate]);
    expect(await storage.append([one], { atomic: false })).toEqual([duplicate]);

    const two = ['parcel-1', 'parcel-2'].map((streamId) => encodedAppend(streamId, { events: [event] }));
    expect(await storage.append(two, { atomic: true })).toEqual([{ outcome: 'withheld' }, duplicate]);
    expect((await storage.horizon()).head).toBe(0n);
  });

  it('takes the time of recording from its clock', async () => {
    const now = new Date('2025-01-02T03:04:05.006Z');
    const storage = new InMemoryEventStorage(() => now);
    await storage.append([encodedAppend('parcel-1')], { atomic: true });
    now.setTime(0);
    const { events } = await storage.readFeed({ after: 0n, limit: 1 });
    expect(events[0]?.recordedAt).toEqual(new Date('2025-01-02T03:04:05.006Z'));
  });
});
