import { describe, expect, it } from '@jest/globals';
import { InMemorySnapshotStore } from '../../event-store/index.js';
import { AggregateRepository } from '../aggregate.repository.js';
import { BrokenSnapshotStore, collect, grow, inMemoryParts, OrderBase } from '../aggregates.fixture.js';
import { AGGREGATE_LOADED, SNAPSHOT_FAILED, SNAPSHOT_SAVED } from '../aggregates.signals.js';
import { ReplayError } from '../errors.js';
import { EventSourced } from '../event-sourced.decorator.js';

@EventSourced('order', { snapshotEvery: 3, snapshotMode: 'sync' })
class Order extends OrderBase {}

@EventSourced('order', { snapshotMode: 'manual' })
class ManualOrder extends OrderBase {}

@EventSourced('order', { snapshotEvery: 3, snapshotMode: 'sync', snapshotVersion: 2 })
class ReshapedOrder extends OrderBase {}

function setUp(snapshotStore = new InMemorySnapshotStore()) {
  const parts = { ...inMemoryParts(), snapshotStore };
  return {
    ...parts,
    orders: new AggregateRepository(Order, parts),
    loads: collect(parts.instrumentation, AGGREGATE_LOADED),
    saved: collect(parts.instrumentation, SNAPSHOT_SAVED),
    failed: collect(parts.instrumentation, SNAPSHOT_FAILED),
  };
}

const snapshot = (version: number, state: string, schemaVersion = 1) => ({
  streamId: 'order-1',
  version,
  schemaVersion,
  state,
});

describe('loading by a snapshot', () => {
  it('applies the events after it only, and ends at the same state as a whole replay', async () => {
    const { orders, loads, ...parts } = setUp();
    await grow(orders, 5);
    loads.length = 0;
    const loaded = await orders.get('1');
    expect(loads).toMatchObject([{ snapshot: 'hit', eventCount: 2, version: 5 }]);
    const replayed = await new AggregateRepository(ReshapedOrder, parts).get('1');
    expect({ ...loaded }).toEqual({ ...replayed });
    expect(loaded.items).toHaveLength(4);
  });

  it('knows version and position also where nothing follows the snapshot', async () => {
    const { orders, loads } = setUp();
    await grow(orders, 3);
    loads.length = 0;
    expect(await orders.update('1', () => undefined)).toMatchObject({ version: 3, position: 3n });
    expect(loads).toMatchObject([{ snapshot: 'hit', eventCount: 0 }]);
  });

  it('neither reads nor takes any where the options switch them off', async () => {
    const { orders, loads, saved, ...parts } = setUp();
    await grow(orders, 3);
    loads.length = saved.length = 0;
    const plain = new AggregateRepository(Order, { ...parts, options: { snapshotsEnabled: false } });
    for (let added = 0; added < 3; added++) await plain.update('1', (order) => order.add('more'));
    expect(await plain.snapshot('1')).toBe(false);
    expect(loads.map(({ snapshot: how, eventCount }) => [how, eventCount])).toEqual([
      ['off', 3],
      ['off', 4],
      ['off', 5],
    ]);
    expect(saved).toEqual([]);
  });
});

describe('a snapshot that cannot be used', () => {
  const good = JSON.stringify({ customerId: 'ada', items: [] });

  it.each([
    ['unreadable', snapshot(2, '{"customerId":')],
    ['unreadable', snapshot(0, good)],
    ['rejected', snapshot(2, '"a string"')],
    ['rejected', snapshot(2, '{"customerId":"ada","items":null}')],
    ['ahead-of-stream', snapshot(6, good)],
    ['ahead-of-stream', snapshot(4, good)],
  ])('is %s, replayed over, counted and removed: %j', async (missReason, bad) => {
    const { loads, snapshotStore, ...parts } = setUp();
    const orders = new AggregateRepository(ManualOrder, { ...parts, snapshotStore });
    await grow(orders, 3);
    await snapshotStore.save(bad);
    loads.length = 0;
    expect(await orders.get('1')).toMatchObject({ version: 3, customerId: 'ada', items: [{}, {}] });
    expect(loads).toMatchObject([{ snapshot: 'miss', missReason, eventCount: 3, version: 3 }]);
    expect(await snapshotStore.load('order-1', 1)).toBeUndefined();
    expect(await orders.snapshot('1')).toBe(true);
  });

  it('is rejected where fromSnapshot throws', async () => {
    @EventSourced('order', { snapshotMode: 'manual' })
    class Picky extends OrderBase {
      override fromSnapshot(): void {
        throw new Error('not like this');
      }
    }
    const { loads, ...parts } = setUp();
    const orders = new AggregateRepository(Picky, parts);
    await grow(orders, 2);
    await orders.snapshot('1');
    loads.length = 0;
    expect((await orders.get('1')).items).toHaveLength(1);
    expect(loads).toMatchObject([{ missReason: 'rejected', error: { message: 'not like this' } }]);
  });

  it('is rejected where fromSnapshot raises events, which every load would raise once more', async () => {
    @EventSourced('order', { snapshotMode: 'manual' })
    class Noisy extends OrderBase {
      override fromSnapshot(): void {
        this.note('restored');
      }
    }
    const { loads, ...parts } = setUp();
    const orders = new AggregateRepository(Noisy, parts);
    await grow(orders, 2);
    await orders.snapshot('1');
    loads.length = 0;
    expect((await orders.get('1')).getUncommittedEvents()).toEqual([]);
    expect(loads).toMatchObject([{ missReason: 'rejected', error: { code: 'UNSAVABLE_AGGREGATE' } }]);
  });

  it('is absent where there is none, or only one of another schema version, which stays', async () => {
    const { orders, loads, snapshotStore, ...parts } = setUp();
    await grow(orders, 3);
    loads.length = 0;
    const reshaped = new AggregateRepository(ReshapedOrder, { ...parts, snapshotStore });
    expect((await reshaped.get('1')).items).toHaveLength(2);
    await reshaped.find('2');
    expect(loads).toMatchObject([
      { missReason: 'absent', eventCount: 3 },
      { missReason: 'absent', eventCount: 0 },
    ]);
    expect(await snapshotStore.load('order-1', 1)).toBeDefined();
    await reshaped.update('1', (order) => ['a', 'b', 'c'].forEach((sku) => order.add(sku)));
    expect(await snapshotStore.load('order-1', 2)).toMatchObject({ version: 6 });
    expect(await snapshotStore.load('order-1', 1)).toMatchObject({ version: 3 });
  });

  it('is out of reach where the store fails', async () => {
    const { orders, loads } = setUp(new BrokenSnapshotStore('load'));
    await grow(orders, 3);
    loads.length = 0;
    expect((await orders.get('1')).items).toHaveLength(2);
    expect(loads).toMatchObject([{ missReason: 'store-failed', eventCount: 3, error: { message: 'cannot load' } }]);
  });

  it('does not fail the load where it cannot be removed', async () => {
    const { orders, failed, snapshotStore } = setUp(new BrokenSnapshotStore('remove'));
    await grow(orders, 2);
    await snapshotStore.save(snapshot(9, good));
    expect((await orders.get('1')).version).toBe(2);
    expect(failed).toMatchObject([{ reason: 'removal-failed', error: { message: 'cannot remove' } }]);
  });

  it('is not blamed for an event that no replay gets along with', async () => {
    @EventSourced('order', { snapshotMode: 'manual' })
    class Forgetful extends OrderBase {
      override onItemAdded(): void {
        throw new Error('what tea');
      }
    }
    const { orders, snapshotStore, ...parts } = setUp();
    await grow(orders, 4);
    const before = await snapshotStore.load('order-1', 1);
    await expect(new AggregateRepository(Forgetful, { ...parts, snapshotStore }).get('1')).rejects.toBeInstanceOf(
      ReplayError,
    );
    expect(await snapshotStore.load('order-1', 1)).toEqual(before);
  });

  it('leaves no trace in what is loaded instead', async () => {
    const { snapshotStore, ...parts } = setUp();
    const orders = new AggregateRepository(ManualOrder, { ...parts, snapshotStore });
    await grow(orders, 2);
    await snapshotStore.save(
      snapshot(8, JSON.stringify({ customerId: 'eve', items: [{ sku: 'x', quantity: 1 }], extra: 1 })),
    );
    const order = await orders.get('1');
    expect(order.toSnapshot()).toEqual({ customerId: 'ada', items: [{ sku: 'item 2', quantity: 1 }] });
  });
});
