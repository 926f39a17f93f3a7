import { describe, expect, it } from '@jest/globals';
import { InMemorySnapshotStore } from '../../event-store/index.js';
import { AggregateRepository } from '../aggregate.repository.js';
import { BrokenSnapshotStore, collect, grow, inMemoryParts, OrderBase } from '../aggregates.fixture.js';
import { AGGREGATE_LOADED, SNAPSHOT_FAILED, SNAPSHOT_SAVED } from '../aggregates.signals.js';
import { AggregateNotFoundError, SnapshotsOffError, SnapshotStateError } from '../errors.js';
import { EventSourced } from '../event-sourced.decorator.js';

@EventSourced('order', { snapshotEvery: 3, snapshotMode: 'sync' })
class Order extends OrderBase {}

@EventSourced('order', { snapshotMode: 'manual' })
class ManualOrder extends OrderBase {}

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

describe('taking snapshots', () => {
  it('takes one whenever the version passes a multiple, also in the middle of a save', async () => {
    const { orders, saved, snapshotStore } = setUp();
    await grow(orders, 2);
    expect(saved).toEqual([]);
    await orders.update('1', (order) => {
      order.add('item 3');
      order.add('item 4');
    });
    expect(saved).toMatchObject([{ category: 'order', streamId: 'order-1', version: 4, schemaVersion: 1 }]);
    const state = (await snapshotStore.load('order-1', 1))?.state ?? '';
    expect(saved[0]?.length).toBe(state.length);
    expect(JSON.parse(state)).toMatchObject({
      customerId: 'ada',
      items: [{ sku: 'item 2' }, { sku: 'item 3' }, { sku: 'item 4' }],
    });
    await orders.update('1', (order) => order.add('item 5'));
    expect(saved).toHaveLength(1);
    await orders.update('1', (order) => order.add('item 6'));
    expect(saved.map(({ version }) => version)).toEqual([4, 6]);
  });

  it('takes the state of exactly its version, though more is raised while the append is under way', async () => {
    const { orders, snapshotStore } = setUp();
    await grow(orders, 2);
    const order = await orders.get('1');
    order.add('third');
    const saving = orders.save(order);
    order.add('too late');
    await saving;
    const { version, state } = (await snapshotStore.load('order-1', 1)) ?? { version: 0, state: '' };
    expect(version).toBe(3);
    expect(state).toContain('third');
    expect(state).not.toContain('too late');
  });

  it('does not fail a save over a state that JSON cannot hold', async () => {
    @EventSourced('order', { snapshotEvery: 1, snapshotMode: 'sync' })
    class Dated extends OrderBase {
      openedAt = new Date(0);
    }
    const { failed, saved, ...parts } = setUp();
    const orders = new AggregateRepository(Dated, parts);
    expect(await orders.create('1', (order) => order.open('ada'))).toMatchObject({ version: 1 });
    expect(failed).toMatchObject([
      { category: 'order', streamId: 'order-1', version: 1, reason: 'not-storable', error: { path: 'state.openedAt' } },
    ]);
    await expect(orders.snapshot('1')).rejects.toBeInstanceOf(SnapshotStateError);
    expect(failed).toHaveLength(2);
    expect(saved).toEqual([]);
  });

  it('does not fail a save over a toSnapshot that throws', async () => {
    @EventSourced('order', { snapshotEvery: 1, snapshotMode: 'sync' })
    class Camera extends OrderBase {
      override toSnapshot(): object {
        throw new Error('no film');
      }
    }
    const { failed, ...parts } = setUp();
    await new AggregateRepository(Camera, parts).create('1', (order) => order.open('ada'));
    expect(failed).toMatchObject([{ reason: 'not-storable', error: { message: 'no film' } }]);
  });

  it('does not fail a save over a snapshot store that fails', async () => {
    const { orders, failed } = setUp(new BrokenSnapshotStore('save'));
    await grow(orders, 3);
    expect(failed).toMatchObject([{ version: 3, reason: 'store-failed', error: { message: 'cannot save' } }]);
    expect((await orders.get('1')).version).toBe(3);
  });

  it('reports no snapshot where the append failed', async () => {
    const { orders, saved, failed, snapshotStore } = setUp();
    await grow(orders, 2);
    const slow = await orders.get('1');
    slow.note('a');
    await orders.update('1', (order) => order.add('fast'));
    await expect(orders.save(slow)).rejects.toMatchObject({ code: 'CONCURRENCY' });
    expect([saved.length, failed.length]).toEqual([1, 0]);
    expect((await snapshotStore.load('order-1', 1))?.state).toContain('fast');
  });
});

describe('snapshots by hand', () => {
  it('takes none by itself, and one where it is told to', async () => {
    const { saved, loads, ...parts } = setUp();
    const orders = new AggregateRepository(ManualOrder, parts);
    await grow(orders, 7);
    expect(saved).toEqual([]);
    expect(await orders.snapshot('1')).toBe(true);
    expect(await orders.snapshot('1')).toBe(false);
    expect(saved).toMatchObject([{ version: 7 }]);
    loads.length = 0;
    await orders.get('1');
    expect(loads).toMatchObject([{ snapshot: 'hit', version: 7, eventCount: 0 }]);
  });

  it('tells its caller what is in the way', async () => {
    @EventSourced('order')
    class NoSnapshots extends OrderBase {}
    const { failed, ...parts } = setUp(new BrokenSnapshotStore('save'));
    const orders = new AggregateRepository(ManualOrder, parts);
    await expect(orders.snapshot('1')).rejects.toBeInstanceOf(AggregateNotFoundError);
    await grow(orders, 1);
    await expect(orders.snapshot('1')).rejects.toThrow('cannot save');
    expect(failed).toMatchObject([{ reason: 'store-failed' }]);
    await expect(new AggregateRepository(NoSnapshots, parts).snapshot('1')).rejects.toBeInstanceOf(SnapshotsOffError);
  });
});
