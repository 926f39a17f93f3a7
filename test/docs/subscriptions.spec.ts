import { afterEach, describe, expect, it } from '@jest/globals';
import type { INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import {
  DeadLetterQueue,
  type EventSourcingFeature,
  EventSourcingModule,
  EventStore,
  On,
  Projection,
  type RecordedEvent,
  SubscriptionManager,
} from '@tidemark/event-sourcing';
import { eventually } from '../support/eventually.js';
import { AccountCredited, AccountDebited, AccountOpened } from './examples/account.js';
import { Activity, fillAndRun, Search, SearchIndex } from './examples/activity.js';
import { root as withBreaker, standStill } from './examples/breaker.js';

const EVENTS = [AccountOpened, AccountCredited, AccountDebited];
const NO_WORKERS = EventSourcingModule.forRoot({ store: 'memory', workers: false });

describe('what the guides say of projections and subscribers', () => {
  let app: INestApplicationContext;

  afterEach(() => app.close());

  async function start(feature: EventSourcingFeature, root = NO_WORKERS): Promise<INestApplicationContext> {
    const module = { module: class {}, imports: [root, EventSourcingModule.forFeature(feature)] };
    app = await NestFactory.createApplicationContext(module, { logger: false });
    return app;
  }

  it('takes events by class, pattern, category and tenant, and runs to the head without workers', async () => {
    const search = { module: class Searching {}, providers: [Search], exports: [Search] };
    await start({ events: EVENTS, projections: [Activity], subscribers: [SearchIndex], imports: [search] });
    await fillAndRun(app.get(EventStore), app.get(SubscriptionManager));
    const { lines } = app.get(Activity, { strict: false });
    expect(lines).toEqual(['ada opened account-1', 'account.credited on account-1']);
    const { documents } = app.get(Search, { strict: false });
    expect([...documents.values()].sort()).toEqual([
      'account-1 account.credited',
      'account-1 account.opened',
      'account-2 account.opened',
    ]);
    const statuses = await app.get(SubscriptionManager).status();
    expect(statuses.map(({ name, state, handled }) => `${name} ${state} ${handled}`).sort()).toEqual([
      'activity stopped 2',
      'search stopped 3',
    ]);
  });

  it('gives a subscriber with a periodic checkpoint the events of a batch in one call', async () => {
    const calls: number[] = [];
    class Watched extends Search {
      override async put(...args: Parameters<Search['put']>): Promise<void> {
        calls.push(args[0].length);
        return super.put(...args);
      }
    }
    const search = {
      module: class Searching {},
      providers: [{ provide: Search, useClass: Watched }],
      exports: [Search],
    };
    await start({ events: EVENTS, subscribers: [SearchIndex], imports: [search] });
    await app.get(EventStore).append(
      'account-1',
      [1, 2, 3].map((amount) => new AccountCredited(amount)),
    );
    await app.get(SubscriptionManager).runToHead();
    expect(calls).toEqual([3]);
  });

  it('pauses after events given up in a row, takes nothing meanwhile, and says so', async () => {
    const seen: string[] = [];
    @Projection({ name: 'taxes' })
    class Taxes {
      @On(AccountOpened)
      opened({ streamId }: RecordedEvent<AccountOpened>): void {
        seen.push(streamId);
        throw new Error('the tax office is closed');
      }
    }
    await start({ events: EVENTS, projections: [Taxes] }, withBreaker);
    const store = app.get(EventStore);
    for (const id of [1, 2, 3, 4]) await store.append(`account-${id}`, [new AccountOpened('ada')]);
    await eventually(async () => (await standStill(app.get(SubscriptionManager))).length > 0);
    expect(await standStill(app.get(SubscriptionManager))).toEqual(['taxes: the tax office is closed']);
    expect([...new Set(seen)]).toEqual(['account-1', 'account-2', 'account-3']);
    expect((await app.get(DeadLetterQueue).stats()).parked).toBe(3);
    expect((await app.get(SubscriptionManager).status())[0]).toMatchObject({ position: 3n, head: 4n });
  });
});
