import { type DynamicModule, Global, Injectable, Module } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { describe, expect, it } from '@jest/globals';
import { ConfigurationError, EventContext, Instrumentation } from '../core/index.js';
import { EventStore, SnapshotStore } from '../event-store/index.js';
import { AggregateRepository } from './aggregate.repository.js';
import { inMemoryParts, Order, OrderBase, OrderOpened } from './aggregates.fixture.js';
import { type AggregatesFeature, AggregatesModule } from './aggregates.module.js';
import { AGGREGATES_OPTIONS, type AggregatesOptions } from './aggregates.options.js';
import {
  getAggregateRepositoryToken,
  getDeciderToken,
  InjectAggregateRepository,
  InjectDecider,
} from './aggregates.tokens.js';
import { defineDecider } from './decider.js';
import { DeciderRepository } from './decider.repository.js';
import { EventSourced } from './event-sourced.decorator.js';

const opening = defineDecider({
  category: 'opening',
  initialState: () => 0,
  decide: (customerId: string) => [new OrderOpened(customerId)],
  evolve: (count, _event: OrderOpened) => count + 1,
});

@Global()
@Module({})
class StoreModule {
  static of(parts: ReturnType<typeof inMemoryParts>, options?: AggregatesOptions): DynamicModule {
    const providers = [
      { provide: EventStore, useValue: parts.eventStore },
      { provide: SnapshotStore, useValue: parts.snapshotStore },
      { provide: EventContext, useValue: parts.context },
      { provide: Instrumentation, useValue: parts.instrumentation },
      ...(options === undefined ? [] : [{ provide: AGGREGATES_OPTIONS, useValue: options }]),
    ];
    return { module: StoreModule, providers, exports: providers.map(({ provide }) => provide) };
  }
}

@Injectable()
class Desk {
  constructor(
    @InjectAggregateRepository(Order) readonly orders: AggregateRepository<Order>,
    @InjectDecider(opening) readonly openings: DeciderRepository<number, string, OrderOpened>,
  ) {}
}

function start(features: AggregatesFeature[], options?: AggregatesOptions, parts = inMemoryParts()) {
  const imports = [StoreModule.of(parts, options), ...features.map((feature) => AggregatesModule.forFeature(feature))];
  return Test.createTestingModule({ imports, providers: [Desk] }).compile();
}

const complete: AggregatesFeature = { aggregates: [Order], deciders: [opening] };

async function problemsOf(...features: AggregatesFeature[]): Promise<readonly string[]> {
  const error: unknown = await start([complete, ...features]).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(ConfigurationError);
  return (error as ConfigurationError).problems;
}

describe('AggregatesModule', () => {
  it('provides repositories to the modules that import it', async () => {
    const app = await start([complete]);
    const { orders, openings } = app.get(Desk);
    expect(await orders.create('1', (order) => order.open('ada'))).toMatchObject({ version: 1 });
    expect(await openings.execute('1', 'ada')).toMatchObject({ state: 1 });
    await app.close();
  });

  it('keeps two classes of one name apart', async () => {
    const Other = (() => {
      @EventSourced('other')
      class Order extends OrderBase {}
      return Order;
    })();
    expect(Other.name).toBe(Order.name);
    expect(getAggregateRepositoryToken(Other)).not.toBe(getAggregateRepositoryToken(Order));
    const app = await start([complete, { aggregates: [Other] }]);
    const others = app.get<AggregateRepository<OrderBase>>(getAggregateRepositoryToken(Other));
    expect(await others.create('1', (order) => order.open('ada'))).toMatchObject({ streamId: 'other-1' });
    await app.close();
  });

  it('gives the same token for the same class and decider', () => {
    expect(getAggregateRepositoryToken(Order)).toBe(getAggregateRepositoryToken(Order));
    expect(getDeciderToken(opening)).toBe(getDeciderToken(opening));
    expect(getDeciderToken({ ...opening })).not.toBe(getDeciderToken(opening));
  });

  it('awaits snapshots in the background when the app closes', async () => {
    @EventSourced('order', { snapshotEvery: 1 })
    class Snapped extends OrderBase {}
    const parts = inMemoryParts();
    const app = await start([complete, { aggregates: [Snapped] }], undefined, parts);
    const orders = app.get<AggregateRepository<Snapped>>(getAggregateRepositoryToken(Snapped));
    await Promise.all(['1', '2', '3', '4', '5'].map((id) => orders.create(id, (order) => order.open('ada'))));
    expect(await parts.snapshotStore.load('order-5', 1)).toBeUndefined();
    await app.close();
    expect(await parts.snapshotStore.load('order-5', 1)).toBeDefined();
  });

  it('hands on the options', async () => {
    @EventSourced('order', { snapshotEvery: 1, snapshotMode: 'sync' })
    class Snapped extends OrderBase {}
    const parts = inMemoryParts();
    const app = await start([complete, { aggregates: [Snapped] }], { snapshotsEnabled: false }, parts);
    const orders = app.get<AggregateRepository<Snapped>>(getAggregateRepositoryToken(Snapped));
    await orders.create('1', (order) => order.open('ada'));
    expect(await parts.snapshotStore.load('order-1', 1)).toBeUndefined();
    await app.close();
  });

  it('lists all that is wrong with a feature', async () => {
    class Plain extends OrderBase {}
    @EventSourced('order')
    class Second extends OrderBase {}
    const twin = defineDecider({ ...opening, category: 'order' });
    const cyclic = undefined as never;
    expect(await problemsOf({ aggregates: [Plain, Order, Second, cyclic], deciders: [twin, cyclic] })).toEqual([
      expect.stringMatching(/^Plain is listed .* no @EventSourced/),
      expect.stringMatching(/'order' is claimed by both Order and Second/),
      expect.stringMatching(/'aggregates' is undefined/),
      expect.stringMatching(/'order' is claimed by both Order and a decider/),
      expect.stringMatching(/'deciders' is undefined/),
    ]);
  });

  it('takes a class that is listed twice once', async () => {
    const app = await start([{ ...complete, aggregates: [Order, Order] }]);
    await app.close();
  });

  it('refuses options that make no sense', async () => {
    const starting = start([complete], { snapshotQueueLimit: 0, snapshotsEnabled: 'no' as never });
    await expect(starting).rejects.toThrow(/2 things are wrong/);
  });

  it('says what is the matter where a class is undefined at the point of injection', () => {
    expect(() => InjectAggregateRepository(undefined as never)).toThrow(/import each other/);
    expect(() => InjectDecider(undefined as never)).toThrow(/import each other/);
  });
});
