import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Test } from '@nestjs/testing';
import { EventStore } from '@tidemark/event-sourcing';
import {
  EventSourcingTestingModule,
  FakeClock,
  given,
  projectionSpec,
  recordedEvent,
  recordedEvents,
  settled,
} from '@tidemark/event-sourcing/testing';
import type { DataSource } from 'typeorm';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';
import { Account, AccountCredited, AccountDebited, AccountOpened, Accounts } from './examples/account.js';
import { screening, SeatsReserved } from './examples/decider.js';
import { Balances } from './examples/projections.js';
import { AppModule, Owners, OwnersProjection } from './examples/tested-app.js';

describe('what the guide says of testing aggregates and deciders', () => {
  it('given, when, then', async () => {
    await given(Account, [new AccountOpened('ada')])
      .when((account) => account.credit(10))
      .then([new AccountCredited(10)]);

    await given(Account)
      .when((account) => account.debit(11))
      .thenFails('There are only 0 left.');

    await given(screening, [new SeatsReserved(38)])
      .when({ do: 'reserve', seats: 2 })
      .then([new SeatsReserved(2)]);
  });

  it('a check of what cannot be known before', async () => {
    await given(Account, [new AccountOpened('ada')], { id: '42' })
      .when((account) => account.credit(10))
      .thenSatisfies(([event], account) => {
        expect(event).toBeInstanceOf(AccountCredited);
        expect(account.streamId).toBe('account-42');
      });
  });
});

describe('what the guide says of testing projections', () => {
  let database: TestDatabase;
  let dataSource: DataSource;

  beforeAll(async () => {
    database = await createTestDatabase('empty');
    dataSource = await database.connect();
    await dataSource.query('create table balances (account text primary key, owner text, balance integer)');
  });

  afterAll(() => database.drop());

  it('in memory', async () => {
    const owners = new Owners();
    const spec = projectionSpec({ projection: new OwnersProjection(owners), rows: () => owners.names });
    await spec
      .given('account-1', new AccountOpened('ada'))
      .given('account-2', new AccountOpened('bob'))
      .then(['ada', 'bob']);
  });

  it('on PostgreSQL', async () => {
    const balances = projectionSpec({
      projection: new Balances(),
      dataSource,
      reset: (manager) => manager.query('truncate balances'),
      rows: 'select account, owner, balance from balances order by account',
    });

    await balances
      .given('account-1', new AccountOpened('ada'), new AccountCredited(10))
      .given('account-2', new AccountOpened('bob'))
      .given('account-1', new AccountDebited(3))
      .then([
        { account: 'account-1', owner: 'ada', balance: 7 },
        { account: 'account-2', owner: 'bob', balance: 0 },
      ]);

    await balances.given('account-1', new AccountOpened('ada'), new AccountOpened('ada')).thenFails({ code: '23505' });
  });

  it('one handler by itself', () => {
    const owners = new Owners();
    const opened = recordedEvent(new AccountOpened('ada'), { streamId: 'account-1', metadata: { actor: 'bob' } });
    new OwnersProjection(owners).opened(opened);
    expect(owners.names).toEqual(['ada']);
    expect(Object.isFrozen(opened.data)).toBe(true);

    const [first, second] = recordedEvents('account-1', [new AccountOpened('ada'), new AccountCredited(5)]);
    expect([first?.version, second?.version]).toEqual([1, 2]);
    expect([first?.position, second?.position]).toEqual([1n, 2n]);
  });
});

describe('what the guide says of testing an app', () => {
  it('takes the database out, and waits until all is handled', async () => {
    const builder = Test.createTestingModule({ imports: [AppModule] });
    const app = await EventSourcingTestingModule.replaceStore(builder).compile();
    await app.init();

    await app.get(Accounts).open('1', 'ada');
    await settled(app);

    expect(app.get(Owners, { strict: false }).names).toEqual(['ada']);
    expect(await app.get(EventStore).streamVersion('account-1')).toBe(2);
    await app.close();
  });

  it('has a clock that stands still', async () => {
    const builder = Test.createTestingModule({ imports: [AppModule] });
    const clock = new FakeClock('2026-03-01T12:00:00Z');
    const app = await EventSourcingTestingModule.replaceStore(builder, { clock }).compile();
    await app.init();

    await app.get(Accounts).open('1', 'ada');
    clock.advance({ days: 1 });
    await app.get(Accounts).credit('1', 10);

    const times: string[] = [];
    for await (const { occurredAt } of app.get(EventStore).readStream('account-1'))
      times.push(occurredAt.toISOString());
    expect(times).toEqual(['2026-03-01T12:00:00.000Z', '2026-03-02T12:00:00.000Z']);
    await app.close();
  });
});
