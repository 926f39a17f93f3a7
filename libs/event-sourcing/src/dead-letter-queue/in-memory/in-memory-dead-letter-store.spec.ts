import { describe, expect, it } from '@jest/globals';
import type { EntityManager } from 'typeorm';
import { InvalidArgumentError } from '../../core/index.js';
import { deadLetterStoreContract } from '../../testing/index.js';
import { eventFailureOf } from '../event-failure.js';
import { InMemoryDeadLetterStore } from './in-memory-dead-letter-store.js';

deadLetterStoreContract(
  { describe, it, expect },
  {
    name: 'in memory',
    create: async () => ({ store: new InMemoryDeadLetterStore(), cleanup: () => Promise.resolve() }),
  },
);

describe('InMemoryDeadLetterStore', () => {
  const event = { id: 'e', position: 1n, streamId: 'parcel-1', version: 1, type: 'sent', tenantId: undefined };
  const toPark = { subscription: 'sub', partition: 0, event, failures: [eventFailureOf(new Error('no'))] };

  it('takes the times from its clock', async () => {
    const now = new Date('2025-01-02T03:04:05.006Z');
    const store = new InMemoryDeadLetterStore(() => now);
    const { letter } = await store.park(toPark);
    now.setTime(0);
    const { letter: closed } = await store.close(letter.id, 'resolved');
    expect(closed).toMatchObject({ parkedAt: new Date('2025-01-02T03:04:05.006Z'), updatedAt: new Date(0) });
  });

  it('purges the oldest first', async () => {
    const now = new Date(1_000);
    const store = new InMemoryDeadLetterStore(() => new Date(now));
    const parked = ['first', 'second'].map((subscription) => store.park({ ...toPark, subscription }));
    for (const { letter } of (await Promise.all(parked)).reverse()) {
      now.setTime(now.getTime() + 1_000);
      await store.close(letter.id, 'resolved');
    }
    expect(await store.purge({ resolvedBefore: new Date(9_000), limit: 1 })).toBe(1);
    expect((await store.list({}, undefined, 9)).letters.map(({ subscription }) => subscription)).toEqual(['first']);
  });

  it('refuses a transaction to join, and nothing is done', async () => {
    const store = new InMemoryDeadLetterStore();
    const { letter } = await store.park(toPark);
    await store.requestRedrive({});
    const manager = {} as EntityManager;
    const failure = eventFailureOf(new Error('no'));
    for (const attempt of [
      store.park(toPark, manager),
      store.blockedStreams('sub', [], manager),
      store.recordAttempt(letter.id, failure, 'parked', manager),
      store.nextRedriving('sub', { index: 0, count: 1 }, 1, manager),
      store.close(letter.id, 'resolved', undefined, manager),
      store.discardAll('sub', undefined, manager),
    ]) {
      await expect(attempt).rejects.toBeInstanceOf(InvalidArgumentError);
    }
    expect(await store.get(letter.id)).toMatchObject({ state: 'redriving', attempts: letter.attempts });
  });

  it('gives out copies that nobody can change its letters by', async () => {
    const store = new InMemoryDeadLetterStore();
    const { letter } = await store.park(toPark);
    letter.parkedAt.setTime(0);
    (letter.attempts as unknown[]).length = 0;
    const kept = await store.get(letter.id);
    expect(kept?.parkedAt.getTime()).toBeGreaterThan(0);
    expect(kept?.attempts).toHaveLength(1);
  });
});
