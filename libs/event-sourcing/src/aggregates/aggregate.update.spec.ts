import { describe, expect, it } from '@jest/globals';
import { InvalidArgumentError, InvalidEventError } from '../core/index.js';
import { ConcurrencyError } from '../event-store/index.js';
import { AggregateRepository } from './aggregate.repository.js';
import { AGGREGATE_LOADED } from './aggregates.signals.js';
import { collect, eventsOf, inMemoryParts, ItemAdded, Order, OrderOpened, OrderRefused } from './aggregates.fixture.js';

async function setUp() {
  const parts = inMemoryParts();
  const orders = new AggregateRepository(Order, parts);
  await orders.create('1', (order) => order.open('ada'));
  // Somebody else who is faster: appends behind the back of an update that has loaded already.
  const overtake = (sku: string) => parts.eventStore.append('order-1', [new ItemAdded(sku, 1)]);
  return { ...parts, orders, overtake };
}

describe('AggregateRepository.update', () => {
  it('loads again and decides again after a conflict', async () => {
    const { orders, eventStore, overtake } = await setUp();
    const seen: number[] = [];
    const saved = await orders.update('1', async (order) => {
      seen.push(order.items.length);
      if (seen.length < 3) await overtake(`fast ${seen.length}`);
      order.add('slow', 1 + order.items.length);
    });
    expect(seen).toEqual([0, 1, 2]);
    expect(saved).toMatchObject({ version: 4, position: 4n, aggregate: { version: 4 } });
    expect((await eventsOf(eventStore, 'order-1')).slice(1)).toEqual([
      new ItemAdded('fast 1', 1),
      new ItemAdded('fast 2', 1),
      new ItemAdded('slow', 3),
    ]);
  });

  it('applies 50 concurrent updates of one aggregate exactly once each', async () => {
    const { orders, eventStore } = await setUp();
    const skus = Array.from({ length: 50 }, (_, index) => `item ${index}`);
    // Each conflict means that another one got through, so nobody can lose more than 49 times.
    const saved = await Promise.all(
      skus.map((sku) => orders.update('1', (order) => order.add(sku), { maxAttempts: 50 })),
    );
    const stored = (await eventsOf(eventStore, 'order-1')).slice(1) as ItemAdded[];
    expect(stored.map(({ sku }) => sku).sort()).toEqual([...skus].sort());
    expect(saved.map(({ version }) => version).sort((a, b) => a - b)).toEqual(skus.map((_, index) => index + 2));
    for (const [index, { version }] of saved.entries()) expect(stored[version - 2]?.sku).toBe(skus[index]);
  });

  it('gives up after 5 attempts, and stores nothing of its own', async () => {
    const { orders, eventStore, overtake } = await setUp();
    let attempts = 0;
    const lost = orders.update('1', async (order) => {
      attempts += 1;
      await overtake('fast');
      order.add('slow');
    });
    await expect(lost).rejects.toBeInstanceOf(ConcurrencyError);
    expect(attempts).toBe(5);
    expect(await eventsOf(eventStore, 'order-1')).not.toContainEqual(new ItemAdded('slow', 1));
  });

  it('tries as often as it is told', async () => {
    const { orders, overtake } = await setUp();
    let attempts = 0;
    const lost = orders.update(
      '1',
      async (order) => {
        attempts += 1;
        await overtake('fast');
        order.add('slow');
      },
      { maxAttempts: 2 },
    );
    await expect(lost).rejects.toBeInstanceOf(ConcurrencyError);
    expect(attempts).toBe(2);
    await expect(orders.update('1', () => undefined, { maxAttempts: 0 })).rejects.toBeInstanceOf(InvalidArgumentError);
  });

  it('does not retry what the function throws, not even a conflict of something else', async () => {
    const { orders, eventStore } = await setUp();
    let attempts = 0;
    const conflict = new ConcurrencyError('basket-9', 1, 2);
    for (const error of [new OrderRefused('no'), conflict]) {
      const failed = orders.update('1', (order) => {
        attempts += 1;
        order.add('tea');
        throw error;
      });
      await expect(failed).rejects.toBe(error);
    }
    expect(attempts).toBe(2);
    expect(await eventsOf(eventStore, 'order-1')).toEqual([new OrderOpened('ada')]);
  });

  it('does not retry an append that failed for another reason than a conflict', async () => {
    const { orders } = await setUp();
    let attempts = 0;
    const failed = orders.update('1', (order) => {
      attempts += 1;
      order.add('tea', Number.POSITIVE_INFINITY);
    });
    await expect(failed).rejects.toBeInstanceOf(InvalidEventError);
    expect(attempts).toBe(1);
  });

  it('does not decide at all where the loaded version is not the expected one', async () => {
    const { orders } = await setUp();
    let attempts = 0;
    const stale = orders.update('1', () => (attempts += 1), { expectedVersion: 7 });
    await expect(stale).rejects.toMatchObject({ code: 'CONCURRENCY', expectedVersion: 7, actualVersion: 1 });
    expect(attempts).toBe(0);
    expect(await orders.update('1', (order) => order.add('tea'), { expectedVersion: 1 })).toMatchObject({ version: 2 });
  });

  it('decides once where a version is expected and somebody is faster', async () => {
    const { orders, overtake, instrumentation } = await setUp();
    const loads = collect(instrumentation, AGGREGATE_LOADED);
    let attempts = 0;
    const overtaken = orders.update(
      '1',
      async (order) => {
        attempts += 1;
        await overtake('fast');
        order.add('slow');
      },
      { expectedVersion: 1 },
    );
    await expect(overtaken).rejects.toMatchObject({ expectedVersion: 1, actualVersion: 2 });
    expect(attempts).toBe(1);
    expect(loads).toHaveLength(1);
  });

  it('refuses an expected version that makes no sense', async () => {
    const { orders } = await setUp();
    await expect(orders.update('1', () => undefined, { expectedVersion: -1 })).rejects.toBeInstanceOf(
      InvalidArgumentError,
    );
  });
});
