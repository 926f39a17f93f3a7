import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Injectable, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { TypeOrmModule } from '@nestjs/typeorm';
import {
  AggregateRepository,
  ConfigurationError,
  DomainEvent,
  EventSourced,
  EventSourcedAggregate,
  EventSourcingModule,
  EventStore,
  getAggregateRepositoryToken,
  On,
  Projection,
  type ProjectionContext,
  type RecordedEvent,
  SubscriptionManager,
} from '@tidemark/event-sourcing';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

@DomainEvent('account.opened')
class AccountOpened {
  constructor(readonly owner: string) {}
}

@DomainEvent('account.credited')
class AccountCredited {
  constructor(readonly amount: number) {}
}

@EventSourced('account', { snapshotEvery: 10 })
class Account extends EventSourcedAggregate {
  private balance = 0;

  open(owner: string): void {
    this.apply(new AccountOpened(owner));
  }

  credit(amount: number): void {
    this.apply(new AccountCredited(amount));
  }

  onAccountCredited({ amount }: AccountCredited): void {
    this.balance += amount;
  }

  get total(): number {
    return this.balance;
  }
}

@Injectable()
class Totals {
  readonly byAccount = new Map<string, number>();
}

@Module({ providers: [Totals], exports: [Totals] })
class TotalsModule {}

@Projection({ name: 'totals-in-memory' })
class TotalsProjection {
  constructor(private readonly totals: Totals) {}

  @On(AccountCredited)
  credited(event: RecordedEvent<AccountCredited>): void {
    const { byAccount } = this.totals;
    byAccount.set(event.streamId, (byAccount.get(event.streamId) ?? 0) + event.data.amount);
  }
}

@Projection({ name: 'totals-table' })
class TotalsTableProjection {
  @On(AccountOpened)
  async opened(event: RecordedEvent<AccountOpened>, { manager }: ProjectionContext): Promise<void> {
    await manager.query('insert into totals (id, total) values ($1, 0)', [event.streamId]);
  }

  @On(AccountCredited)
  async credited(event: RecordedEvent<AccountCredited>, { manager }: ProjectionContext): Promise<void> {
    const { amount } = event.data;
    await manager.query('update totals set total = total + $2 where id = $1', [event.streamId, amount]);
  }
}

const EVENTS = [AccountOpened, AccountCredited];

describe('EventSourcingModule', () => {
  let database: TestDatabase;

  beforeAll(async () => {
    database = await createTestDatabase('empty');
    const client = await database.client();
    await client.query('create table totals (id text primary key, total integer not null)');
    await client.end();
  });

  afterAll(() => database.drop());

  it('appends, loads and projects in memory, with no database', async () => {
    const app = await NestFactory.createApplicationContext(
      {
        module: class App {},
        imports: [
          EventSourcingModule.forRoot({ store: 'memory' }),
          EventSourcingModule.forFeature({
            events: EVENTS,
            aggregates: [Account],
            projections: [TotalsProjection],
            imports: [TotalsModule],
          }),
        ],
      },
      { logger: false },
    );
    const accounts = app.get<AggregateRepository<Account>>(getAggregateRepositoryToken(Account), { strict: false });
    await accounts.create('1', (account) => account.open('ada'));
    const saved = await accounts.update('1', (account) => account.credit(5));
    await app.get(SubscriptionManager).waitFor(saved.position!, { subscription: 'totals-in-memory' });
    expect(app.get(Totals, { strict: false }).byAccount).toEqual(new Map([['account-1', 5]]));
    await app.close();
  });

  it('appends, loads and projects in PostgreSQL, migrating it at start', async () => {
    const app = await NestFactory.createApplicationContext(
      {
        module: class App {},
        imports: [
          TypeOrmModule.forRoot({ type: 'postgres', url: database.url }),
          EventSourcingModule.forRootAsync({ useFactory: () => ({ migrate: true }) }),
          EventSourcingModule.forFeature({
            events: EVENTS,
            aggregates: [Account],
            projections: [TotalsTableProjection],
          }),
        ],
      },
      { logger: false },
    );
    const accounts = app.get<AggregateRepository<Account>>(getAggregateRepositoryToken(Account), { strict: false });
    await accounts.create('1', (account) => account.open('ada'));
    const saves = await Promise.all(
      Array.from({ length: 25 }, () => accounts.update('1', (account) => account.credit(2), { maxAttempts: 100 })),
    );
    const last = saves.map(({ position }) => position!).reduce((a, b) => (a > b ? a : b));
    await app.get(SubscriptionManager).waitFor(last, { subscription: 'totals-table' });
    const client = await database.client();
    expect((await client.query('select * from totals')).rows).toEqual([{ id: 'account-1', total: 50 }]);
    await client.end();
    expect((await accounts.get('1')).total).toBe(50);
    expect(await app.get(EventStore).streamVersion('account-1')).toBe(26);
    const [status] = await app.get(SubscriptionManager).status();
    expect(status).toMatchObject({ name: 'totals-table', state: 'live', position: last });
    await app.close();
  });

  it('refuses bad options in one error that lists them all', async () => {
    const start = NestFactory.createApplicationContext(
      {
        module: class App {},
        imports: [
          EventSourcingModule.forRoot({ schema: 'pg_x', subscriptions: { batchSize: 0, speed: 'high' } } as never),
        ],
      },
      { logger: false, abortOnError: false },
    );
    const error = await start.then(
      () => undefined,
      (reason: unknown) => reason as ConfigurationError,
    );
    expect(error).toBeInstanceOf(ConfigurationError);
    expect(error?.problems).toHaveLength(3);
  });
});
