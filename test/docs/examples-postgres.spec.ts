import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { getDataSourceToken, TypeOrmModule } from '@nestjs/typeorm';
import {
  type AggregateRepository,
  type EventSourcingFeature,
  EventSourcingModule,
  EventStore,
  getAggregateRepositoryToken,
  InvalidEventError,
  type ProjectionContext,
  SchemaMigrator,
  SchemaOutdatedError,
  SubscriptionManager,
} from '@tidemark/event-sourcing';
import type { DataSource } from 'typeorm';
import { eventually } from '../support/eventually.js';
import { createTcpProxy } from '../support/tcp-proxy.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';
import { Account, AccountCredited, AccountDebited, AccountOpened } from './examples/account.js';
import { behindAPooler, ConfiguredModule, migrate } from './examples/configuration.js';
import { joinATransaction } from './examples/event-store.js';
import { Accounts, AppModule } from './examples/existing-app.js';
import { Deposits } from './examples/deposits.js';
import { Balances, readYourWrites } from './examples/projections.js';
import { CustomerMoved, CustomerMovedAtFirst } from './examples/schema-versions.js';

const QUIET = { logger: false, abortOnError: false } as const;

describe('what the guides say of an app on PostgreSQL', () => {
  let database: TestDatabase;
  const apps: INestApplicationContext[] = [];

  beforeAll(async () => {
    database = await createTestDatabase('empty');
    process.env.DATABASE_URL = database.url;
    const client = await database.client();
    await client.query('create table receipts (account text, amount integer check (amount < 1000))');
    await client.query('create table balances (account text primary key, owner text, balance integer)');
    await client.query('create table deposits (account text primary key, amount integer)');
    await client.end();
  });

  afterEach(async () => {
    await Promise.all(apps.splice(0).map((app) => app.close()));
  });

  afterAll(async () => {
    delete process.env.DATABASE_URL;
    await database.drop();
  });

  async function start(module: Parameters<typeof NestFactory.createApplicationContext>[0]) {
    const app = await NestFactory.createApplicationContext(module, QUIET);
    apps.push(app);
    return app;
  }

  async function startWith(feature: EventSourcingFeature) {
    return start({
      module: class {},
      imports: [
        TypeOrmModule.forRoot({ type: 'postgres', url: database.url }),
        EventSourcingModule.forRoot({ migrate: true }),
        EventSourcingModule.forFeature(feature),
      ],
    });
  }

  it('is added to an app in ten lines, and migrates an empty database', async () => {
    const accounts = (await start(AppModule)).get(Accounts);
    await accounts.open('new', 10);
    expect(await accounts.credit('new', 5)).toBe(15);
  });

  it('projects with a statement that is prepared once, and rolls it back with the rest', async () => {
    const app = await startWith({ events: [AccountCredited], projections: [Deposits] });
    const credits = [1, 2, 3].map((amount) => new AccountCredited(amount));
    const { position } = await app.get(EventStore).append('account-deposits', credits);
    await app.get(SubscriptionManager).waitFor(position, { subscription: 'deposits' });
    const dataSource = app.get<DataSource>(getDataSourceToken());
    expect(await dataSource.query('select * from deposits where account = $1', ['account-deposits'])).toEqual([
      { account: 'account-deposits', amount: 6 },
    ]);
    await expect(
      dataSource.transaction(async (manager) => {
        const context = { manager } as unknown as ProjectionContext;
        await new Deposits().credited({ streamId: 'account-undone', data: credits[0] } as never, context);
        throw new Error('undone');
      }),
    ).rejects.toThrow('undone');
    expect(await dataSource.query(`select * from deposits where account = 'account-undone'`)).toEqual([]);
  });

  it('joins a transaction: both are there, or neither is', async () => {
    const app = await startWith({ events: [AccountOpened, AccountCredited] });
    const store = app.get(EventStore);
    const dataSource = app.get<DataSource>(getDataSourceToken());
    await joinATransaction(store, dataSource, 10);
    await expect(joinATransaction(store, dataSource, 1_000)).rejects.toMatchObject({ code: '23514' });
    await expect(joinATransaction(store, dataSource, -1)).rejects.toThrow(InvalidEventError);
    expect(await store.streamVersion('account-1')).toBe(1);
    expect(await dataSource.query('select amount from receipts')).toEqual([{ amount: 10 }]);
  });

  it('reads old events in the newest shape of their class', async () => {
    const before = await startWith({ events: [CustomerMovedAtFirst] });
    await before.get(EventStore).append('customer-1', [new CustomerMovedAtFirst('Main Street 1, Springfield')]);
    const store = (await startWith({ events: [CustomerMoved] })).get(EventStore);
    for await (const { data, schemaVersion } of store.readStream('customer-1')) {
      expect(data).toBeInstanceOf(CustomerMoved);
      expect(data).toEqual(new CustomerMoved('Main Street 1', 'Springfield', 'unknown'));
      expect(schemaVersion).toBe(3);
    }
    const bare = database.client();
    const { rows } = await (await bare).query("select data from tidemark.events where type = 'customer.moved'");
    await (await bare).end();
    expect(rows).toEqual([{ data: { address: 'Main Street 1, Springfield' } }]);
  });

  it('projects into a table, and waits for what was written', async () => {
    const events = [AccountOpened, AccountCredited, AccountDebited];
    const app = await startWith({ events, aggregates: [Account], projections: [Balances] });
    const accounts = app.get<AggregateRepository<Account>>(getAggregateRepositoryToken(Account), { strict: false });
    const dataSource = app.get<DataSource>(getDataSourceToken());
    await dataSource.query("insert into balances values ('account-1', 'bob', 0)");
    await accounts.create('2', (account) => account.open('ada'));
    await readYourWrites(accounts, app.get(SubscriptionManager));
    const rows = await dataSource.query<object[]>('select * from balances order by account');
    expect(rows).toEqual([
      { account: 'account-1', owner: 'bob', balance: 15 },
      { account: 'account-2', owner: 'ada', balance: 0 },
    ]);
  });

  it('starts without migrating once the migrations have run', async () => {
    const migrator = new SchemaMigrator({ type: 'postgres', url: database.url }, 'billing');
    await expect(migrator.verify()).rejects.toThrow(SchemaOutdatedError);
    const { applied, pending, unknown } = await migrate({ type: 'postgres', url: database.url });
    expect({ pending, unknown }).toEqual({ pending: [], unknown: [] });
    expect(applied[0]).toMatch(/^0001_event_store/);
    const app = await start(ConfiguredModule);
    expect(await app.get(EventStore).headPosition()).toBe(0n);
  });

  it('goes past a pooler with the control connection alone', async () => {
    const ways = await Promise.all([createTcpProxy(database.url), createTcpProxy(database.url)]);
    const [pooler, direct] = ways;
    const feature = EventSourcingModule.forFeature({
      events: [AccountOpened, AccountCredited, AccountDebited],
      projections: [Balances],
    });
    const app = await start({ module: class {}, imports: [...behindAPooler(pooler.url, direct.url), feature] });
    await app.get(EventStore).append('account-9', [new AccountOpened('eve')]);
    await eventually(() => /listen "tidemark:tidemark"[^]*pg_notify/.test(direct.sent));
    expect(direct.sent).toContain('tidemark control');
    expect(direct.sent).not.toContain('append_event');
    expect(pooler.sent).toContain('append_event');
    expect(pooler.sent).not.toMatch(/listen|pg_notify|append_events?@/);
    await app.close();
    apps.splice(0);
    await Promise.all(ways.map((way) => way.close()));
  });
});
