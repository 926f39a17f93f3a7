import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { getDataSourceToken } from '@nestjs/typeorm';
import {
  DomainEvent,
  EventContext,
  EventStorage,
  On,
  Projection,
  type ProjectionOptions,
  type RecordedEvent,
  Subscriber,
} from '@tidemark/event-sourcing';
import type { DataSource } from 'typeorm';
import { type ObservedApp, type ObservedAppOptions, startObservedApp } from '../support/observed-app.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

@DomainEvent('order.placed')
class Placed {}

@DomainEvent('order.shipped')
class Shipped {}

@DomainEvent('order_shop.opened')
class Opened {}

@DomainEvent('note.made')
class Noted {}

const EVENTS = [Placed, Shipped, Opened, Noted];

describe.each(['postgres', 'memory'] as const)('with the store %s', (store) => {
  let database: TestDatabase | undefined;
  let one: ObservedApp;
  let seen: Record<string, string[]>;

  beforeEach(async () => {
    seen = {};
    database = store === 'postgres' ? await createTestDatabase() : undefined;
  });

  afterEach(async () => {
    await one.app.close();
    await database?.drop();
  });

  async function start(types: Pick<ObservedAppOptions, 'projections' | 'subscribers'>, batchSize = 3): Promise<void> {
    one = await startObservedApp({ url: database?.url, events: EVENTS, ...types, subscriptions: { batchSize } });
  }

  function note(where: string, { streamId, type }: RecordedEvent): void {
    (seen[where] ??= []).push(`${streamId} ${type}`);
  }

  /** A projection of everything, but for what its declaration leaves out. */
  function projectionOf(options: ProjectionOptions): new () => object {
    @Projection(options)
    class Everything {
      @On('*')
      any(event: RecordedEvent): void {
        note(options.name, event);
      }
    }
    return Everything;
  }

  async function append(streamId: string, event: object, tenantId?: string): Promise<bigint> {
    const values = tenantId === undefined ? {} : { tenantId };
    const appended = one.app.get(EventContext).run(values, () => one.store.append(streamId, [event]));
    return (await appended).position;
  }

  async function run(last: bigint): Promise<void> {
    await one.manager.start();
    for (const { name } of await one.manager.status()) await one.manager.waitFor(last, { subscription: name });
  }

  it('an event goes to the handler of its class, else to that of the longest pattern, and to no other', async () => {
    @Subscriber({ name: 'mails' })
    class Mails {
      @On('*')
      any(event: RecordedEvent): void {
        note('*', event);
      }
      @On('order*')
      loose(event: RecordedEvent): void {
        note('order*', event);
      }
      @On('order.*')
      ofOrders(event: RecordedEvent): void {
        note('order.*', event);
      }
      @On(Placed)
      placed(event: RecordedEvent<Placed>): void {
        note('Placed', event);
      }
    }
    await start({ subscribers: [Mails] });
    await append('a-1', new Placed());
    await append('a-1', new Shipped());
    await append('a-1', new Opened());
    await run(await append('a-1', new Noted()));
    expect(seen).toEqual({
      Placed: ['a-1 order.placed'],
      'order.*': ['a-1 order.shipped'],
      'order*': ['a-1 order_shop.opened'],
      '*': ['a-1 note.made'],
    });
  });

  it('a pattern means its letters: what only looks alike does not come', async () => {
    @Subscriber({ name: 'shops' })
    class Shops {
      @On('order_*')
      any(event: RecordedEvent): void {
        note('order_*', event);
      }
    }
    await start({ subscribers: [Shops] });
    await append('a-1', new Placed());
    await append('a-1', new Opened());
    const last = await append('a-1', new Shipped());
    await run(last);
    // Live as well as in the backlog: the one is filtered in memory, the other in SQL.
    await append('a-1', new Shipped());
    await one.manager.waitFor(await append('a-1', new Opened()), { subscription: 'shops' });
    expect(seen).toEqual({ 'order_*': ['a-1 order_shop.opened', 'a-1 order_shop.opened'] });
    expect((await one.manager.status())[0]).toMatchObject({ handled: 2n });
  });

  it('only events of its categories and its tenant reach a projection, in the backlog and live', async () => {
    const projections = [
      projectionOf({ name: 'orders', categories: ['order'] }),
      projectionOf({ name: 'both', categories: ['order', 'note'] }),
      projectionOf({ name: 'acme', tenantId: 'acme' }),
      projectionOf({ name: 'emca', tenantId: 'emca', partitions: 2 }),
      projectionOf({ name: 'acme-orders', tenantId: 'acme', categories: ['order'] }),
    ];
    await start({ projections });
    const expected: Record<string, string[]> = {};
    const one_of_each = async (round: number): Promise<bigint> => {
      let last = 0n;
      for (const tenant of ['acme', 'emca', undefined]) {
        for (const category of ['order', 'note', 'orders', 'cart']) {
          const streamId = `${category}-${tenant ?? 'none'}${round}`;
          last = await append(streamId, new Placed(), tenant);
          const names = [
            category === 'order' ? 'orders' : undefined,
            category === 'order' || category === 'note' ? 'both' : undefined,
            tenant,
            category === 'order' && tenant === 'acme' ? 'acme-orders' : undefined,
          ];
          for (const name of names) if (name !== undefined) (expected[name] ??= []).push(`${streamId} order.placed`);
        }
      }
      return last;
    };
    await one_of_each(1);
    await run(await one_of_each(2));
    await run(await one_of_each(3));
    for (const list of [seen, expected]) list.emca?.sort();
    expect(seen).toEqual(expected);
  });

  it('the checkpoint moves past what is filtered out, though nothing else comes', async () => {
    await start({ projections: [projectionOf({ name: 'orders', categories: ['order'] })] });
    for (let n = 0; n < 10; n++) await append(`cart-${n}`, new Placed());
    const last = await append('note-1', new Noted());
    await run(last);
    expect((await one.manager.status())[0]).toMatchObject({ position: last, handled: 0n });
    expect(seen).toEqual({});
    const next = await append('cart-1', new Shipped());
    await run(next);
    expect((await one.manager.status())[0]).toMatchObject({ position: next });
  });

  // Only a row in a table can be spoilt.
  if (store === 'memory') return;

  it('what is filtered out is not read for the backlog, and one that cannot be decoded hurts nobody there', async () => {
    const projections = [
      projectionOf({ name: 'acme', tenantId: 'acme' }),
      projectionOf({ name: 'orders', categories: ['order'] }),
      projectionOf({ name: 'everything' }),
    ];
    await start({ projections });
    await append('order-1', new Placed(), 'acme');
    await append('cart-1', new Placed(), 'emca');
    await append('cart-2', new Shipped());
    const last = await append('order-2', new Placed(), 'acme');
    await one.app.get<DataSource>(getDataSourceToken()).transaction(async (manager) => {
      await manager.query("set local session_replication_role = 'replica'");
      await manager.query("update tidemark.events set schema_version = 9 where stream_id = 'cart-1'");
    });
    const brought: Record<string, string[]> = {};
    const storage = one.app.get(EventStorage);
    const readFeed = storage.readFeed.bind(storage);
    storage.readFeed = async (query) => {
      const page = await readFeed(query);
      const { tenantId, categories } = query.filter ?? {};
      (brought[tenantId ?? categories?.join() ?? 'all'] ??= []).push(...page.events.map(({ streamId }) => streamId));
      return page;
    };
    await run(last);
    expect([...new Set(brought.acme)]).toEqual(['order-1', 'order-2']);
    expect([...new Set(brought.order)]).toEqual(['order-1', 'order-2']);
    expect(seen.acme).toEqual(['order-1 order.placed', 'order-2 order.placed']);
    expect(seen.orders).toEqual(seen.acme);
    expect(await one.letters()).toMatchObject([{ subscription: 'everything', streamId: 'cart-1' }]);
    expect(new Set(one.told.map(({ subscription }) => subscription))).toEqual(new Set(['everything']));
  });
});
