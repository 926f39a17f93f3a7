import { describe, expect, it } from '@jest/globals';
import { ConfigurationError } from '../core/index.js';
import { ConcurrencyError } from '../event-store/index.js';
import { collect, eventsOf, inMemoryParts, ItemAdded, OrderOpened, OrderRefused } from './aggregates.fixture.js';
import { AGGREGATE_LOADED, SNAPSHOT_FAILED, SNAPSHOT_SAVED } from './aggregates.signals.js';
import { type Decider, defineDecider } from './decider.js';
import { DeciderRepository } from './decider.repository.js';
import { AggregateNotFoundError } from './errors.js';

interface Basket {
  readonly id: string;
  readonly owner?: string;
  readonly quantity: number;
}
type Command = { readonly open: string } | { readonly add: number };

const basket = defineDecider({
  category: 'basket',
  snapshotEvery: 2,
  snapshotMode: 'sync',
  initialState: (id): Basket => ({ id, quantity: 0 }),
  decide(command: Command, state) {
    if ('open' in command) return state.owner === undefined ? [new OrderOpened(command.open)] : [];
    if (command.add < 1) throw new OrderRefused('quantity');
    return [new ItemAdded('any', command.add)];
  },
  evolve: (state, event: OrderOpened | ItemAdded) =>
    event instanceof OrderOpened
      ? { ...state, owner: event.customerId }
      : { ...state, quantity: state.quantity + event.quantity },
});

// The types are inferred: this does not compile where they are not.
const typed: Decider<Basket, Command, OrderOpened | ItemAdded> = basket;

function setUp() {
  const parts = inMemoryParts();
  return { ...parts, baskets: new DeciderRepository(typed, parts) };
}

describe('DeciderRepository', () => {
  it('loads the initial state of what does not exist', async () => {
    const { baskets } = setUp();
    expect(await baskets.load('1')).toEqual({
      id: '1',
      streamId: 'basket-1',
      version: 0,
      position: undefined,
      state: { id: '1', quantity: 0 },
    });
    expect(await baskets.exists('1')).toBe(false);
  });

  it('executes commands, and gives state, events and place', async () => {
    const { baskets, eventStore } = setUp();
    await baskets.execute('1', { open: 'ada' });
    const executed = await baskets.execute('1', { add: 3 });
    expect(executed).toEqual({
      id: '1',
      streamId: 'basket-1',
      version: 2,
      position: 2n,
      state: { id: '1', owner: 'ada', quantity: 3 },
      events: [new ItemAdded('any', 3)],
    });
    expect(await baskets.load('1')).toMatchObject({ version: 2, position: 2n, state: executed.state });
    expect(await baskets.exists('1')).toBe(true);
    expect(await eventsOf(eventStore, 'basket-1')).toEqual([new OrderOpened('ada'), new ItemAdded('any', 3)]);
  });

  it('appends nothing where nothing is decided', async () => {
    const { baskets, eventStore } = setUp();
    await baskets.execute('1', { open: 'ada' });
    expect(await baskets.execute('1', { open: 'bob' })).toMatchObject({ version: 1, position: 1n, events: [] });
    expect(await eventStore.headPosition()).toBe(1n);
  });

  it('stores nothing where decide throws, and lets its error through', async () => {
    const { baskets } = setUp();
    await expect(baskets.execute('1', { add: 0 })).rejects.toBeInstanceOf(OrderRefused);
    expect(await baskets.exists('1')).toBe(false);
  });

  it('stores nothing where evolve throws, which would leave a stream that cannot be loaded', async () => {
    const parts = inMemoryParts();
    const fragile = defineDecider({
      category: 'fragile',
      initialState: () => 0,
      decide: (customerId: string) => [new OrderOpened(customerId)],
      evolve(_state, event: OrderOpened): number {
        throw new Error(`no room for ${event.customerId}`);
      },
    });
    await expect(new DeciderRepository(fragile, parts).execute('1', 'ada')).rejects.toThrow('no room for ada');
    expect(await parts.eventStore.headPosition()).toBe(0n);
  });

  it('awaits a decide that is async, and freezes its events', async () => {
    const parts = inMemoryParts();
    const patient = defineDecider({
      category: 'patient',
      initialState: () => 0,
      decide: async (customerId: string) => [await Promise.resolve(new OrderOpened(customerId))],
      evolve: (count, _event: OrderOpened) => count + 1,
    });
    const { events, state } = await new DeciderRepository(patient, parts).execute('1', 'ada');
    expect(state).toBe(1);
    expect(() => Object.assign(events[0] as object, { customerId: 'bob' })).toThrow(TypeError);
  });

  it('applies 50 concurrent commands exactly once each', async () => {
    const { baskets } = setUp();
    const commands = Array.from({ length: 50 }, (_, index) => ({ add: index + 1 }));
    await Promise.all(commands.map((command) => baskets.execute('1', command, { maxAttempts: 50 })));
    expect(await baskets.load('1')).toMatchObject({ version: 50, state: { quantity: (50 * 51) / 2 } });
  });

  it('meets the version that its caller has seen, or decides nothing', async () => {
    const { baskets } = setUp();
    await baskets.execute('1', { open: 'ada' }, { expectedVersion: 0 });
    await expect(baskets.execute('1', { add: 1 }, { expectedVersion: 0 })).rejects.toBeInstanceOf(ConcurrencyError);
    expect(await baskets.execute('1', { add: 1 }, { expectedVersion: 1 })).toMatchObject({ version: 2 });
  });
});

describe('snapshots of a decider', () => {
  it('loads by them', async () => {
    const { baskets, instrumentation } = setUp();
    const saved = collect(instrumentation, SNAPSHOT_SAVED);
    for (let times = 0; times < 3; times++) await baskets.execute('1', { add: 2 });
    expect(saved).toMatchObject([{ category: 'basket', version: 2 }]);
    const loads = collect(instrumentation, AGGREGATE_LOADED);
    expect(await baskets.load('1')).toMatchObject({ version: 3, state: { id: '1', quantity: 6 } });
    expect(loads).toMatchObject([{ snapshot: 'hit', eventCount: 1 }]);
  });

  it('reports a state that would not come back from JSON, and carries it where it is told how', async () => {
    const parts = inMemoryParts();
    const failed = collect(parts.instrumentation, SNAPSHOT_FAILED);
    const loads = collect(parts.instrumentation, AGGREGATE_LOADED);
    const bare: Decider<Set<string>, string, OrderOpened> = {
      category: 'guests',
      snapshotEvery: 1,
      snapshotMode: 'sync',
      initialState: () => new Set(),
      decide: (name) => [new OrderOpened(name)],
      evolve: (guests, { customerId }) => new Set([...guests, customerId]),
    };
    await new DeciderRepository(defineDecider(bare), parts).execute('1', 'ada');
    expect(failed).toMatchObject([{ category: 'guests', reason: 'not-storable' }]);
    const dated = (id: string): Basket => Object.assign({ id, quantity: 0 }, { at: new Date(0) });
    const since = defineDecider({ ...typed, snapshotEvery: 1, initialState: dated });
    await new DeciderRepository(since, parts).execute('1', { add: 1 });
    expect(failed[1]).toMatchObject({ reason: 'not-storable', error: { path: 'state.at' } });
    failed.length = 0;
    const carried = defineDecider({
      ...bare,
      toSnapshot: (guests) => [...guests],
      fromSnapshot: (captured) => new Set(captured as string[]),
    });
    const guests = new DeciderRepository(carried, parts);
    await guests.execute('1', 'bob');
    loads.length = 0;
    expect((await guests.load('1')).state).toEqual(new Set(['ada', 'bob']));
    expect(loads).toMatchObject([{ snapshot: 'hit' }]);
    expect(failed).toEqual([]);
  });

  it('are taken by hand, of streams that exist', async () => {
    const parts = inMemoryParts();
    const manual = defineDecider({ ...typed, snapshotEvery: undefined, snapshotMode: 'manual' });
    const baskets = new DeciderRepository(manual, parts);
    await expect(baskets.snapshot('1')).rejects.toBeInstanceOf(AggregateNotFoundError);
    await baskets.execute('1', { add: 1 });
    expect(await baskets.snapshot('1')).toBe(true);
  });

  it.each(['flush', 'beforeApplicationShutdown'] as const)('are awaited by %s', async (end) => {
    const parts = inMemoryParts();
    const baskets = new DeciderRepository(defineDecider({ ...typed, snapshotMode: 'background' }), parts);
    const disk = Promise.withResolvers<boolean>();
    parts.snapshotStore.save = () => disk.promise;
    await baskets.execute('1', { open: 'ada' });
    await baskets.execute('1', { add: 1 });
    const ending = baskets[end]().then(() => 'ended');
    const turn = new Promise((resolve) => setImmediate(resolve, 'waiting'));
    expect(await Promise.race([ending, turn])).toBe('waiting');
    disk.resolve(true);
    expect(await ending).toBe('ended');
  });
});

describe('defineDecider', () => {
  it('refuses a category or snapshot options that make no sense', () => {
    const define = () => defineDecider({ ...typed, category: 'a-b', snapshotEvery: 0 });
    expect(define).toThrow(ConfigurationError);
    expect(define).toThrow(/2 things are wrong/);
  });
});
