import { afterEach, describe, expect, it } from '@jest/globals';
import type { INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import {
  AggregateRepository,
  ConcurrencyError,
  DeciderRepository,
  DuplicateEventError,
  EventContext,
  EventSourcingModule,
  EventStore,
  getAggregateRepositoryToken,
  getDeciderToken,
  InvalidEventError,
  newAggregate,
  NewEvent,
  On,
  Projection,
  type RecordedEvent,
  SnapshotStore,
  SubscriptionManager,
} from '@tidemark/event-sourcing';
import { Account, AccountCredited, AccountOpened, Accounts } from './examples/account.js';
import { creditInContext } from './examples/correlation.js';
import {
  type Screening,
  screening,
  type ScreeningCommand,
  type ScreeningEvent,
  Screenings,
  SeatsReleased,
  SeatsReserved,
} from './examples/decider.js';
import {
  appendToOneStream,
  appendToTwoStreams,
  readAStream,
  readTheFeed,
  readTheLastEvent,
  repeatAnAppend,
} from './examples/event-store.js';
import { startInMemory } from './examples/in-memory-app.js';
import { Histogram, Ledger } from './examples/snapshots.js';

type Feature = Parameters<typeof EventSourcingModule.forFeature>[0];

describe('what the guides say of an app in memory', () => {
  const apps: INestApplicationContext[] = [];

  afterEach(async () => {
    await Promise.all(apps.splice(0).map((app) => app.close()));
  });

  async function startGuideApp(): Promise<INestApplicationContext> {
    const app = await startInMemory();
    apps.push(app);
    return app;
  }

  async function startWith(feature: Feature, providers: readonly (new (...args: never[]) => object)[] = []) {
    const root = EventSourcingModule.forRoot({
      store: 'memory',
      subscriptions: { retryInitialDelayMs: 1, retryMaxDelayMs: 1 },
    });
    const module = {
      module: class {},
      imports: [root, EventSourcingModule.forFeature(feature)],
      providers: [...providers],
    };
    const app = await NestFactory.createApplicationContext(module, { logger: false });
    apps.push(app);
    return app;
  }

  it('appends at an expected version, and refuses a stale one', async () => {
    const store = (await startGuideApp()).get(EventStore);
    expect(await appendToOneStream(store)).toMatchObject({ streamId: 'account-1', version: 2, repeated: false });
    await expect(appendToOneStream(store)).rejects.toThrow(ConcurrencyError);
    expect(await store.streamVersion('account-1')).toBe(2);
  });

  it('takes a repeated append as done, and refuses its ids anywhere else', async () => {
    const store = (await startGuideApp()).get(EventStore);
    const [first, second] = await repeatAnAppend(store);
    expect(first).toMatchObject({ version: 1, repeated: false });
    expect(second).toEqual({ ...first, repeated: true });
    const [event] = await eventsOf(store, 'account-1');
    expect(event).toMatchObject({ occurredAt: new Date('2026-03-01T12:00:00Z') });
    expect(event?.metadata).toEqual({ actor: 'ada', custom: { channel: 'web' } });
    const again = new NewEvent(new AccountCredited(5), { id: event?.id });
    await store.append('account-1', [new AccountCredited(1)]);
    const stale = await store.append('account-1', [again], { expectedVersion: 'noStream' });
    expect(stale).toEqual({ ...first, repeated: true });
    const more = [again, new AccountCredited(2)];
    await expect(store.append('account-1', more)).rejects.toThrow(DuplicateEventError);
    const elsewhere = new NewEvent(new AccountCredited(5), { id: event?.id });
    await expect(store.append('account-2', [elsewhere])).rejects.toThrow(DuplicateEventError);
    expect(await store.streamVersion('account-1')).toBe(2);
  });

  it('appends to several streams together, or to none', async () => {
    const store = (await startGuideApp()).get(EventStore);
    await expect(appendToTwoStreams(store)).rejects.toThrow(ConcurrencyError);
    expect(await store.streamVersion('account-2')).toBe(0);
    await appendToOneStream(store);
    expect((await appendToTwoStreams(store)).map(({ version }) => version)).toEqual([3, 2]);
  });

  it('reads streams and the feed', async () => {
    const store = (await startGuideApp()).get(EventStore);
    await appendToOneStream(store);
    const { position } = await store.append('account-2', [new AccountCredited(7)]);
    expect(await readAStream(store)).toEqual(['1 account.opened {"owner":"ada"}', '2 account.credited {"amount":10}']);
    const last = await readTheLastEvent(store);
    expect(last).toMatchObject({ version: 2 });
    expect(last?.data).toBeInstanceOf(AccountCredited);
    expect(Object.isFrozen(last?.data)).toBe(true);
    expect(await readTheFeed(store, 0n)).toBe(position);
    expect(await readTheFeed(store, position)).toBe(position);
  });

  it('checks payloads by their schema before anything is stored', async () => {
    const store = (await startGuideApp()).get(EventStore);
    const error: unknown = await store.append('account-1', [new AccountCredited(-5)]).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(InvalidEventError);
    expect(error).toMatchObject({ code: 'INVALID_EVENT', eventType: 'account.credited', path: 'data.amount' });
    expect(await store.streamVersion('account-1')).toBe(0);
  });

  it('runs an aggregate by its repository', async () => {
    const accounts = (await startGuideApp()).get(Accounts);
    await accounts.open('1', 'ada');
    await expect(accounts.open('1', 'bob')).rejects.toThrow(ConcurrencyError);
    expect(await accounts.credit('1', 10)).toMatchObject({ streamId: 'account-1', version: 2 });
    await expect(accounts.debit('1', 11)).rejects.toThrow('There are only 10 left.');
    await expect(accounts.debit('1', 1, 1)).rejects.toMatchObject({ expectedVersion: 1, actualVersion: 2 });
    expect(await accounts.debit('1', 4, 2)).toMatchObject({ version: 3 });
  });

  it('retries an update that met a conflict', async () => {
    const app = await startGuideApp();
    const accounts = app.get<AggregateRepository<Account>>(getAggregateRepositoryToken(Account), { strict: false });
    await app.get(Accounts).open('1', 'ada');
    let tries = 0;
    const saved = await accounts.update('1', async (account) => {
      if (++tries === 1) await app.get(Accounts).credit('1', 1);
      account.credit(10);
    });
    expect({ tries, version: saved.version }).toEqual({ tries: 2, version: 3 });
  });

  it('tests an aggregate without any store', () => {
    const account = newAggregate(Account, '1');
    account.open('ada');
    account.credit(10);
    expect(account.getUncommittedEvents()).toEqual([new AccountOpened('ada'), new AccountCredited(10)]);
    expect(() => account.debit(11)).toThrow('There are only 10 left.');
  });

  it('runs a decider, and tests it as three functions', async () => {
    const app = await startWith({ events: [SeatsReserved, SeatsReleased], deciders: [screening] });
    const repository = app.get<DeciderRepository<Screening, ScreeningCommand, ScreeningEvent>>(
      getDeciderToken(screening),
      { strict: false },
    );
    const screenings = new Screenings(repository);
    expect(await screenings.reserve('1', 30)).toBe(10);
    await expect(screenings.reserve('1', 11)).rejects.toThrow('There are only 10 seats left.');
    await repository.execute('1', { do: 'release', seats: 5 });
    expect(await repository.load('1')).toMatchObject({ version: 2, state: { free: 15 } });
    expect(await repository.load('2')).toMatchObject({ version: 0, state: { free: 40 } });
    expect(screening.decide({ do: 'reserve', seats: 2 }, { free: 2 })).toEqual([new SeatsReserved(2)]);
    expect(screening.evolve({ free: 2 }, new SeatsReserved(2))).toEqual({ free: 0 });
  });

  it('takes snapshots, by default and by hooks', async () => {
    const app = await startWith({ events: [AccountCredited], aggregates: [Ledger, Histogram] });
    const ledgers = app.get<AggregateRepository<Ledger>>(getAggregateRepositoryToken(Ledger), { strict: false });
    const token = getAggregateRepositoryToken(Histogram);
    const histograms = app.get<AggregateRepository<Histogram>>(token, { strict: false });
    const creditOften = (aggregate: Ledger | Histogram) => {
      for (let n = 0; n < 100; n++) aggregate.credit((n % 2) + 1);
    };
    await ledgers.create('1', creditOften);
    await histograms.create('1', creditOften);
    await Promise.all([ledgers.flush(), histograms.flush()]);
    const snapshots = app.get(SnapshotStore);
    expect(await snapshots.load('ledger-1', 1)).toMatchObject({ version: 100, state: '{"total":150}' });
    expect(await snapshots.load('histogram-1', 2)).toMatchObject({ state: '{"counts":[[1,50],[2,50]]}' });
    expect((await ledgers.get('1')).total).toBe(150);
    expect((await histograms.get('1')).countOf(1)).toBe(50);
  });

  it('carries the context into the metadata of events', async () => {
    const app = await startGuideApp();
    const accounts = app.get<AggregateRepository<Account>>(getAggregateRepositoryToken(Account), { strict: false });
    await app.get(Accounts).open('1', 'bob');
    await creditInContext(app.get(EventContext), accounts);
    const [opened, credited] = await eventsOf(app.get(EventStore), 'account-1');
    expect(opened?.metadata).toEqual({});
    expect(credited?.metadata).toEqual({ correlationId: 'import-7', actor: 'ada' });
  });

  it('runs handlers in the context of their event, and in memory tries again the event that failed', async () => {
    const seen: unknown[] = [];
    const contexts: unknown[] = [];
    @Projection({ name: 'stumbling' })
    class Stumbling {
      constructor(readonly context: EventContext) {}

      @On(AccountCredited)
      credited({ data }: RecordedEvent<AccountCredited>): void {
        contexts.push(this.context.current());
        seen.push(data.amount);
        if (seen.length === 2) throw new Error('only this once');
      }
    }
    const app = await startWith({ events: [AccountCredited], projections: [Stumbling] });
    const store = app.get(EventStore);
    const run = app
      .get(EventContext)
      .run({ correlationId: 'c', actor: 'ada' }, () =>
        store.append('account-1', [new AccountCredited(1), new AccountCredited(2)]),
      );
    const { position } = await run;
    await app.get(SubscriptionManager).waitFor(position, { subscription: 'stumbling' });
    expect(seen).toEqual([1, 2, 2]);
    const [first] = await eventsOf(store, 'account-1');
    expect(contexts[0]).toMatchObject({ correlationId: 'c', causationId: first?.id, actor: 'ada' });
  });
});

async function eventsOf(store: EventStore, streamId: string): Promise<readonly RecordedEvent[]> {
  const events: RecordedEvent[] = [];
  for await (const event of store.readStream(streamId)) events.push(event);
  return events;
}
