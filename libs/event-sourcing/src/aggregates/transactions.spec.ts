import type { EntityManager } from 'typeorm';
import { describe, expect, it } from '@jest/globals';
import { type AppendBatchOptions, ConcurrencyError, InMemoryEventStorage } from '../event-store/index.js';
import { AggregateRepository } from './aggregate.repository.js';
import { collect, inMemoryParts, ItemAdded, OrderBase, OrderOpened } from './aggregates.fixture.js';
import { SNAPSHOT_SAVED } from './aggregates.signals.js';
import { DeciderRepository } from './decider.repository.js';
import { defineDecider } from './decider.js';
import { EventSourced } from './event-sourced.decorator.js';

/** The store in memory has no transactions; this one takes managers, remembers them, and lets the event in at once. */
class JoinableStorage extends InMemoryEventStorage {
  readonly appendedIn: (EntityManager | undefined)[] = [];
  readonly readIn: (EntityManager | undefined)[] = [];

  override async append(appends: Parameters<InMemoryEventStorage['append']>[0], options: AppendBatchOptions) {
    this.appendedIn.push(options.manager);
    return super.append(appends, { atomic: options.atomic });
  }
  override async readStream(query: Parameters<InMemoryEventStorage['readStream']>[0]) {
    this.readIn.push(query.manager);
    return super.readStream({ ...query, manager: undefined });
  }
}

@EventSourced('order', { snapshotEvery: 1, snapshotMode: 'sync' })
class Order extends OrderBase {}

const opening = defineDecider({
  category: 'order',
  snapshotEvery: 1,
  snapshotMode: 'sync',
  initialState: () => ({ opened: 0 }),
  decide: (customerId: string) => [new OrderOpened(customerId)],
  evolve: ({ opened }, _event: OrderOpened) => ({ opened: opened + 1 }),
});

function setUp() {
  const storage = new JoinableStorage();
  const parts = inMemoryParts(storage);
  const saved = collect(parts.instrumentation, SNAPSHOT_SAVED);
  return { ...parts, storage, saved, orders: new AggregateRepository(Order, parts), manager: {} as EntityManager };
}

describe('joining a transaction of the caller', () => {
  it('appends and reads in it', async () => {
    const { orders, storage, manager } = setUp();
    const { aggregate } = await orders.create('1', (order) => order.open('ada'), { manager });
    await orders.update('1', (order) => order.add('tea'), { manager });
    aggregate.note('from version 1');
    await expect(orders.save(aggregate, { manager })).rejects.toBeInstanceOf(ConcurrencyError);
    await orders.get('1', { manager });
    expect(storage.appendedIn).toEqual([manager, manager, manager]);
    expect(storage.readIn).toEqual([manager, manager]);
  });

  it('takes no snapshot of what may yet be rolled back, not even at a later save of the same instance', async () => {
    const { orders, saved, manager } = setUp();
    const { aggregate } = await orders.create('1', (order) => order.open('ada'), { manager });
    aggregate.add('tea');
    await orders.save(aggregate);
    const read = await orders.get('1', { manager });
    read.add('milk');
    await orders.save(read);
    expect(saved).toEqual([]);
    await orders.update('1', (order) => order.add('bread'));
    expect(saved).toMatchObject([{ version: 4 }]);
  });

  it('does not retry an update after a conflict', async () => {
    const { orders, eventStore, manager } = setUp();
    await orders.create('1', (order) => order.open('ada'));
    let attempts = 0;
    const overtaken = orders.update(
      '1',
      async (order) => {
        attempts += 1;
        await eventStore.append('order-1', [new ItemAdded('fast', 1)]);
        order.add('slow');
      },
      { manager, maxAttempts: 9 },
    );
    await expect(overtaken).rejects.toBeInstanceOf(ConcurrencyError);
    expect(attempts).toBe(1);
  });

  it('leaves a snapshot alone that is ahead of what the transaction sees', async () => {
    const { orders, snapshotStore, manager } = setUp();
    await orders.create('1', (order) => order.open('ada'));
    await snapshotStore.save({ streamId: 'order-1', version: 2, schemaVersion: 1, state: '{"items":[]}' });
    expect(await orders.get('1', { manager })).toMatchObject({ version: 1, customerId: 'ada' });
    expect(await snapshotStore.load('order-1', 1)).toMatchObject({ version: 2 });
    await orders.get('1');
    expect(await snapshotStore.load('order-1', 1)).toBeUndefined();
  });

  it('holds for deciders as well', async () => {
    const { storage, saved, manager, ...parts } = setUp();
    const decider = new DeciderRepository(opening, { ...parts });
    await decider.execute('1', 'ada', { manager });
    await decider.load('1', { manager });
    expect(storage.appendedIn).toEqual([manager]);
    expect(storage.readIn).toEqual([manager, manager]);
    expect(saved).toEqual([]);
  });
});
