import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { readFile } from 'node:fs/promises';
import { type DynamicModule, Logger } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { TypeOrmModule } from '@nestjs/typeorm';
import { EventSourcingModule, EventStore, SubscriptionManager } from '@tidemark/event-sourcing';
import { eventually } from '../support/eventually.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';
import { AccountCredited, AccountDebited } from './examples/account.js';
import { bringUpToDate, rebuildTurnover, Turnover } from './examples/turnover.js';

const TOTAL = [
  { account: 'account-1', amount: 7 },
  { account: 'account-2', amount: 30 },
];

describe('what docs/guides/projections.md says of rebuilding', () => {
  let database: TestDatabase;

  beforeEach(async () => {
    Logger.overrideLogger(false);
    database = await createTestDatabase();
    await query('create table turnover (account text primary key, amount integer)');
  });

  afterEach(() => database.drop());

  async function query(sql: string): Promise<unknown[]> {
    const client = await database.client();
    try {
      return (await client.query<object>(sql)).rows;
    } finally {
      await client.end();
    }
  }

  function appWith(workers: boolean): DynamicModule {
    return {
      module: class {},
      imports: [
        TypeOrmModule.forRoot({ type: 'postgres', url: database.url }),
        EventSourcingModule.forRoot({ workers }),
        EventSourcingModule.forFeature({ events: [AccountCredited, AccountDebited], projections: [Turnover] }),
      ],
    };
  }

  async function fill(store: EventStore): Promise<bigint> {
    await store.append('account-1', [new AccountCredited(5), new AccountDebited(2)]);
    return (await store.append('account-2', [new AccountCredited(30)])).position;
  }

  it('empties the read model and handles everything again, with progress', async () => {
    const app = await NestFactory.createApplicationContext(appWith(true));
    const subscriptions = app.get(SubscriptionManager);
    await subscriptions.waitFor(await fill(app.get(EventStore)), { subscription: 'turnover' });
    await query('update turnover set amount = 1000');
    const lines: string[] = [];
    expect(await rebuildTurnover(subscriptions, (line) => lines.push(line))).toBe(3n);
    expect(lines.at(-1)).toMatch(/^3 events, \d+ per second$/);
    expect(lines.at(-2)).toBe('3 of 3, 0 s left');
    expect(await query('select * from turnover order by account')).toEqual(TOTAL);
    await app.close();
  });

  it('comes back from a checkpoint ahead of the feed by the steps of the run book', async () => {
    const before = await NestFactory.createApplicationContext(appWith(true));
    await before.get(SubscriptionManager).waitFor(await fill(before.get(EventStore)), { subscription: 'turnover' });
    await before.close();
    await query('update tidemark.checkpoints set position = 1000');
    const failed = await NestFactory.createApplicationContext(appWith(true));
    await eventually(async () => (await failed.get(SubscriptionManager).status())[0]?.state === 'failed');
    expect((await failed.get(SubscriptionManager).status())[0]?.lastError).toContain('older back-up');
    const web = await NestFactory.createApplicationContext(appWith(false));
    const rebuilt = web.get(SubscriptionManager).rebuild('turnover');
    await eventually(async () => (await web.get(SubscriptionManager).status())[0]?.rebuild?.phase === 'running');
    await failed.close();
    const restarted = await NestFactory.createApplicationContext(appWith(true));
    expect(await rebuilt).toMatchObject({ phase: 'finished', done: 3n });
    expect(await query('select * from turnover order by account')).toEqual(TOTAL);
    await Promise.all([web.close(), restarted.close()]);
  });

  it('shows who runs what by the SQL of the run book', async () => {
    const app = await NestFactory.createApplicationContext(appWith(true));
    const last = await fill(app.get(EventStore));
    await app.get(SubscriptionManager).waitFor(last, { subscription: 'turnover' });
    const [, sql = ''] =
      /```sql\n([^`]+)```/.exec(await readFile('docs/operations/run-books/stuck-subscription.md', 'utf8')) ?? [];
    const rows = (await query(sql)) as { readonly name: string; readonly owner: string | null }[];
    expect(rows.map(({ name }) => name)).toEqual(['turnover', 'turnover', 'turnover', 'turnover']);
    expect(rows.every(({ owner }) => owner !== null)).toBe(true);
    await app.close();
  });

  it('brings a read model up to date in a job, which then ends', async () => {
    const app = await NestFactory.createApplicationContext(appWith(false));
    await fill(app.get(EventStore));
    await bringUpToDate(app);
    expect(await query('select * from turnover order by account')).toEqual(TOTAL);
    expect(await query('select owner from tidemark.members')).toEqual([]);
  });
});
