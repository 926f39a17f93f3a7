import { AggregateRoot } from '@nestjs/cqrs';
import { describe, expect, it } from '@jest/globals';
import { ConfigurationError, InvalidEventError } from '../core/index.js';
import { ConcurrencyError } from '../event-store/index.js';
import { newAggregate } from './aggregate-fold.js';
import { AggregateRepository } from './aggregate.repository.js';
import { collect, eventsOf, inMemoryParts, ItemAdded, Order, OrderBase, OrderOpened } from './aggregates.fixture.js';
import { AGGREGATE_LOADED } from './aggregates.signals.js';
import { AggregateNotFoundError, DetachedAggregateError, ReplayError, UnsavableAggregateError } from './errors.js';
import { EventSourced } from './event-sourced.decorator.js';

function setUp() {
  const parts = inMemoryParts();
  return { ...parts, orders: new AggregateRepository(Order, parts) };
}

describe('AggregateRepository', () => {
  it('creates an aggregate, and gives back where it was stored', async () => {
    const { orders, eventStore } = setUp();
    const saved = await orders.create('1', (order) => {
      order.open('ada');
      order.add('tea', 2);
    });
    expect(saved).toMatchObject({ id: '1', streamId: 'order-1', version: 2, position: 2n });
    expect(saved.aggregate).toMatchObject({ id: '1', streamId: 'order-1', version: 2, customerId: 'ada' });
    expect(saved.aggregate.getUncommittedEvents()).toEqual([]);
    expect(await eventsOf(eventStore, 'order-1')).toEqual([new OrderOpened('ada'), new ItemAdded('tea', 2)]);
  });

  it('refuses to create what exists', async () => {
    const { orders, eventStore } = setUp();
    await orders.create('1', (order) => order.open('ada'));
    const again = orders.create('1', (order) => order.open('bob'));
    await expect(again).rejects.toMatchObject({
      constructor: ConcurrencyError,
      expectedVersion: 'noStream',
      actualVersion: 1,
    });
    expect(await eventsOf(eventStore, 'order-1')).toEqual([new OrderOpened('ada')]);
  });

  it('waits for a function that is async', async () => {
    const { orders } = setUp();
    await orders.create('1', async (order) => {
      await Promise.resolve();
      order.open('ada');
    });
    expect((await orders.get('1')).customerId).toBe('ada');
  });

  it('stores nothing where the function throws, and lets its error through', async () => {
    const { orders } = setUp();
    const refused = orders.create('1', (order) => {
      order.open('ada');
      order.add('tea', 0);
    });
    await expect(refused).rejects.toThrow('quantity');
    expect(await orders.exists('1')).toBe(false);
  });

  it('appends nothing where nothing was raised, and gives version and position as loaded', async () => {
    const { orders, eventStore } = setUp();
    expect(await orders.create('1', () => undefined)).toMatchObject({ version: 0, position: undefined });
    expect(await orders.exists('1')).toBe(false);
    await orders.create('1', (order) => order.open('ada'));
    expect(await orders.update('1', () => undefined)).toMatchObject({ version: 1, position: 1n });
    expect(await eventStore.headPosition()).toBe(1n);
  });

  it('replays recorded events to the same state, events without a handler included', async () => {
    const { orders } = setUp();
    const { aggregate } = await orders.create('1', (order) => {
      order.open('ada');
      order.note('ring twice');
      order.add('tea', 2);
    });
    const loaded = await orders.get('1');
    expect(loaded).not.toBe(aggregate);
    expect({ ...loaded }).toEqual({ ...aggregate });
    expect(loaded).toMatchObject({ id: '1', version: 3, items: [{ sku: 'tea', quantity: 2 }] });
    expect(loaded.getUncommittedEvents()).toEqual([]);
  });

  it('tells an absent aggregate from one that is there', async () => {
    const { orders } = setUp();
    await expect(orders.get('1')).rejects.toMatchObject({ code: 'AGGREGATE_NOT_FOUND', category: 'order', id: '1' });
    await expect(orders.update('1', () => undefined)).rejects.toBeInstanceOf(AggregateNotFoundError);
    expect(await orders.find('1')).toBeUndefined();
    expect(await orders.exists('1')).toBe(false);
    await orders.create('1', (order) => order.open('ada'));
    expect(await orders.find('1')).toMatchObject({ customerId: 'ada' });
    expect(await orders.exists('1')).toBe(true);
  });

  it('keeps dashes of an id out of the category', async () => {
    const { orders } = setUp();
    const saved = await orders.create('2026-11-a', (order) => order.open('ada'));
    expect(saved.streamId).toBe('order-2026-11-a');
    expect((await orders.get('2026-11-a')).id).toBe('2026-11-a');
  });

  it('reports each load', async () => {
    const { orders, instrumentation } = setUp();
    await orders.create('1', (order) => order.open('ada'));
    const loads = collect(instrumentation, AGGREGATE_LOADED);
    await orders.get('1');
    await orders.find('2');
    expect(loads).toMatchObject([
      { category: 'order', streamId: 'order-1', version: 1, eventCount: 1, snapshot: 'off' },
      { category: 'order', streamId: 'order-2', version: 0, eventCount: 0, snapshot: 'off' },
    ]);
    expect(loads[0]?.durationSeconds).toBeGreaterThan(0);
    expect(loads[0]).not.toHaveProperty('missReason');
  });
});

describe('AggregateRepository.save', () => {
  it('saves an aggregate again and again', async () => {
    const { orders } = setUp();
    const order = newAggregate(Order, '1');
    order.open('ada');
    expect(order.version).toBe(0);
    await orders.save(order);
    order.add('tea');
    expect(order.version).toBe(1);
    expect(await orders.save(order)).toMatchObject({ version: 2, position: 2n, aggregate: order });
    expect((await orders.get('1')).items).toHaveLength(1);
  });

  it('keeps the events where the append fails, for a conflict and for an event that cannot be stored', async () => {
    const { orders } = setUp();
    await orders.create('1', (order) => order.open('ada'));
    const [slow, fast] = [await orders.get('1'), await orders.get('1')];
    fast.add('tea');
    await orders.save(fast);
    slow.add('milk');
    await expect(orders.save(slow)).rejects.toBeInstanceOf(ConcurrencyError);
    expect(slow.getUncommittedEvents()).toEqual([new ItemAdded('milk', 1)]);
    expect(slow.version).toBe(1);
    fast.add('bread', Number.POSITIVE_INFINITY);
    await expect(orders.save(fast)).rejects.toBeInstanceOf(InvalidEventError);
    expect(fast.getUncommittedEvents()).toHaveLength(1);
  });

  it('keeps events that are raised while the append is under way for the next save', async () => {
    const { orders, eventStore } = setUp();
    const order = newAggregate(Order, '1');
    order.open('ada');
    const saving = orders.save(order);
    order.add('tea');
    expect(await saving).toMatchObject({ version: 1 });
    expect(order.getUncommittedEvents()).toEqual([new ItemAdded('tea', 1)]);
    expect(order.items).toHaveLength(1);
    await orders.save(order);
    expect(await eventsOf(eventStore, 'order-1')).toEqual([new OrderOpened('ada'), new ItemAdded('tea', 1)]);
  });

  it('checks the version that its caller has seen', async () => {
    const { orders } = setUp();
    const { aggregate } = await orders.create('1', (order) => order.open('ada'));
    aggregate.add('tea');
    const stale = orders.save(aggregate, { expectedVersion: 3 });
    await expect(stale).rejects.toMatchObject({ code: 'CONCURRENCY', expectedVersion: 3, actualVersion: 1 });
    expect(aggregate.getUncommittedEvents()).toHaveLength(1);
    expect(await orders.save(aggregate, { expectedVersion: 1 })).toMatchObject({ version: 2 });
  });

  it('refuses an instance that belongs to no stream or to another kind of stream', async () => {
    @EventSourced('basket')
    class Basket extends OrderBase {}
    const { orders } = setUp();
    await expect(orders.save(new Order())).rejects.toBeInstanceOf(DetachedAggregateError);
    await expect(orders.save(newAggregate(Basket, '1'))).rejects.toBeInstanceOf(UnsavableAggregateError);
  });

  it('refuses an aggregate that keeps none of its events', async () => {
    const { orders } = setUp();
    const created = orders.create('1', (order) => {
      order.autoCommit = true;
      order.open('ada');
    });
    await expect(created).rejects.toThrow(/autoCommit/);
  });

  it('refuses an aggregate in which a handler failed, also where the error was swallowed', async () => {
    @EventSourced('order')
    class Fragile extends OrderBase {
      override onItemAdded(): void {
        throw new Error('out of shelves');
      }
    }
    const parts = inMemoryParts();
    const created = new AggregateRepository(Fragile, parts).create('1', (order) => {
      order.open('ada');
      expect(() => order.add('tea')).toThrow('out of shelves');
    });
    await expect(created).rejects.toMatchObject({ code: 'UNSAVABLE_AGGREGATE', cause: { message: 'out of shelves' } });
    expect(await parts.eventStore.headPosition()).toBe(0n);
  });
});

describe('AggregateRepository with a class that does not replay', () => {
  it('names the event whose handler threw', async () => {
    @EventSourced('order')
    class Forgetful extends OrderBase {
      override onItemAdded(): void {
        throw new Error('what tea');
      }
    }
    const { orders, ...parts } = setUp();
    await orders.create('1', (order) => {
      order.open('ada');
      order.add('tea');
    });
    const failed = new AggregateRepository(Forgetful, parts).get('1');
    await expect(failed).rejects.toBeInstanceOf(ReplayError);
    await expect(failed).rejects.toMatchObject({ streamId: 'order-1', version: 2, eventType: 'order.item-added' });
  });

  it('refuses handlers that raise events, which every load would raise once more', async () => {
    @EventSourced('order')
    class Chatty extends OrderBase {
      override onOrderOpened(): void {
        this.note('opened');
      }
    }
    const { orders, ...parts } = setUp();
    await orders.create('1', (order) => order.open('ada'));
    await expect(new AggregateRepository(Chatty, parts).get('1')).rejects.toThrow(/raises events/);
  });

  it('refuses constructors that raise events', () => {
    @EventSourced('order')
    class Eager extends OrderBase {
      constructor() {
        super();
        this.note('made');
      }
    }
    expect(() => newAggregate(Eager, '1')).toThrow(/constructor raises events/);
  });

  it('refuses a class without @EventSourced', () => {
    const parts = inMemoryParts();
    expect(() => new AggregateRepository(OrderBase, parts)).toThrow(ConfigurationError);
  });
});

describe('AggregateRepository with an AggregateRoot of @nestjs/cqrs', () => {
  @EventSourced('account', { snapshotEvery: 2, snapshotMode: 'sync' })
  class Account extends AggregateRoot<OrderOpened | ItemAdded> {
    balance = 0;
    version = 'my own';
    readonly onItemAdded = ({ quantity }: ItemAdded): void => {
      this.balance += quantity;
    };
    constructor(readonly id: string) {
      super();
    }
    deposit(amount: number): void {
      this.apply(new ItemAdded('cash', amount));
    }
  }

  it('creates, updates, loads and snapshots it, and leaves its fields alone', async () => {
    const parts = inMemoryParts();
    const accounts = new AggregateRepository(Account, parts);
    await accounts.create('7', (account) => account.deposit(5));
    const saved = await accounts.update('7', (account) => account.deposit(6));
    expect(saved).toMatchObject({ id: '7', streamId: 'account-7', version: 2, position: 2n });
    expect(JSON.parse((await parts.snapshotStore.load('account-7', 1))?.state ?? '')).toEqual({
      balance: 11,
      version: 'my own',
      id: '7',
    });
    const loads = collect(parts.instrumentation, AGGREGATE_LOADED);
    const account = await accounts.get('7');
    expect(account).toMatchObject({ id: '7', version: 'my own', balance: 11 });
    expect(loads).toMatchObject([{ snapshot: 'hit', eventCount: 0, version: 2 }]);
    account.deposit(1);
    expect(await accounts.save(account)).toMatchObject({ version: 3 });
  });
});
