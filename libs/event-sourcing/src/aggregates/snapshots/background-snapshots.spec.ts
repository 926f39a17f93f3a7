import { AsyncLocalStorage } from 'node:async_hooks';
import { describe, expect, it } from '@jest/globals';
import { InMemorySnapshotStore } from '../../event-store/index.js';
import { AggregateRepository } from '../aggregate.repository.js';
import { collect, inMemoryParts, OrderBase } from '../aggregates.fixture.js';
import { SNAPSHOT_FAILED, SNAPSHOT_SAVED } from '../aggregates.signals.js';
import { EventSourced } from '../event-sourced.decorator.js';

@EventSourced('order', { snapshotEvery: 1 })
class Order extends OrderBase {}

/** A snapshot store that works as slowly as the spec lets it. */
class SlowSnapshotStore extends InMemorySnapshotStore {
  readonly started: string[] = [];
  readonly tenants: (string | undefined)[] = [];
  atOnce = 0;
  mostAtOnce = 0;
  private readonly gate = Promise.withResolvers<void>();

  constructor(private readonly tenant = new AsyncLocalStorage<string>()) {
    super();
  }
  override async save(snapshot: Parameters<InMemorySnapshotStore['save']>[0]) {
    this.started.push(`${snapshot.streamId}@${snapshot.version}`);
    this.tenants.push(this.tenant.getStore());
    this.mostAtOnce = Math.max(this.mostAtOnce, ++this.atOnce);
    await this.gate.promise;
    this.atOnce -= 1;
    return super.save(snapshot);
  }
  open(): void {
    this.gate.resolve();
  }
}

function setUp(snapshotQueueLimit?: number, snapshotStore = new SlowSnapshotStore()) {
  const parts = { ...inMemoryParts(), snapshotStore, options: { snapshotQueueLimit } };
  const orders = new AggregateRepository(Order, parts);
  const failed = collect(parts.instrumentation, SNAPSHOT_FAILED);
  const saved = collect(parts.instrumentation, SNAPSHOT_SAVED);
  return { orders, snapshotStore, failed, saved };
}

describe('snapshots in the mode sync', () => {
  it('are written before the save returns', async () => {
    @EventSourced('order', { snapshotEvery: 1, snapshotMode: 'sync' })
    class PatientOrder extends OrderBase {}
    const snapshotStore = new SlowSnapshotStore();
    const orders = new AggregateRepository(PatientOrder, { ...inMemoryParts(), snapshotStore });
    let returned = false;
    const creating = orders.create('1', (order) => order.open('ada')).then(() => (returned = true));
    // One turn of the event loop lets everything go on that does not wait for the snapshot.
    await new Promise(setImmediate);
    expect([snapshotStore.started, returned]).toEqual([['order-1@1'], false]);
    snapshotStore.open();
    expect(await creating).toBe(true);
  });
});

describe('snapshots in the background', () => {
  it('lets the save return first, and is done after flush', async () => {
    const { orders, snapshotStore, saved } = setUp();
    await orders.create('1', (order) => order.open('ada'));
    expect(saved).toEqual([]);
    snapshotStore.open();
    await orders.flush();
    expect(saved).toMatchObject([{ streamId: 'order-1', version: 1 }]);
    expect(await snapshotStore.load('order-1', 1)).toMatchObject({ version: 1 });
  });

  it('takes the state of the save, whatever the caller does to the aggregate afterwards', async () => {
    const { orders, snapshotStore } = setUp();
    const { aggregate } = await orders.create('1', (order) => order.open('ada'));
    aggregate.items.push({ sku: 'stolen', quantity: 1 });
    snapshotStore.open();
    await orders.flush();
    expect((await snapshotStore.load('order-1', 1))?.state).not.toContain('stolen');
  });

  it('writes one at a time, only the newest of each stream, and drops and counts what is too much', async () => {
    const { orders, snapshotStore, failed } = setUp(2);
    for (const id of ['1', '2', '3']) await orders.create(id, (order) => order.open('ada'));
    await orders.update('2', (order) => order.add('tea'));
    await orders.create('4', (order) => order.open('ada'));
    expect(snapshotStore.started).toEqual(['order-1@1']);
    expect(failed).toEqual([
      { category: 'order', streamId: 'order-4', version: 1, reason: 'dropped', error: undefined },
    ]);
    snapshotStore.open();
    await orders.flush();
    expect(snapshotStore.started).toEqual(['order-1@1', 'order-2@2', 'order-3@1']);
    expect(snapshotStore.mostAtOnce).toBe(1);
  });

  it('goes on after a flush and after a failure', async () => {
    const { orders, snapshotStore, saved, failed } = setUp();
    snapshotStore.open();
    const works = snapshotStore.save.bind(snapshotStore);
    snapshotStore.save = () => Promise.reject(new Error('disk full'));
    await orders.create('1', (order) => order.open('ada'));
    await orders.flush();
    expect(failed).toMatchObject([{ reason: 'store-failed', error: { message: 'disk full' } }]);
    snapshotStore.save = works;
    await orders.create('2', (order) => order.open('ada'));
    await orders.flush();
    expect(saved).toMatchObject([{ streamId: 'order-2' }]);
  });

  it('is awaited at shutdown', async () => {
    const { orders, snapshotStore, saved } = setUp();
    await orders.create('1', (order) => order.open('ada'));
    await orders.create('2', (order) => order.open('ada'));
    const shutdown = orders.beforeApplicationShutdown();
    snapshotStore.open();
    await shutdown;
    expect(saved).toHaveLength(2);
  });

  it('flushes at once where nothing waits', async () => {
    await expect(setUp().orders.flush()).resolves.toBeUndefined();
  });

  it('writes each in the asynchronous context of its own save', async () => {
    const tenant = new AsyncLocalStorage<string>();
    const { orders, snapshotStore } = setUp(undefined, new SlowSnapshotStore(tenant));
    await tenant.run('acme', () => orders.create('1', (order) => order.open('ada')));
    await tenant.run('globex', () => orders.create('2', (order) => order.open('bob')));
    snapshotStore.open();
    await orders.flush();
    expect(snapshotStore.tenants).toEqual(['acme', 'globex']);
  });
});
