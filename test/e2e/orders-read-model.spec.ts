import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { AbstractLogger, type DataSource, type EntityManager } from 'typeorm';
import { typeOrmOptions } from '../../apps/orders/src/database/typeorm.options.js';
import { InMemoryOrderSummaries } from '../../apps/orders/src/orders/read-model/in-memory/in-memory-order-summaries.js';
import { type OrderSummaries, OutOfStepError } from '../../apps/orders/src/orders/read-model/order-summaries.js';
import type { OrderSummary } from '../../apps/orders/src/orders/read-model/order-summary.js';
import { OrderSummaryEntity } from '../../apps/orders/src/orders/read-model/typeorm/order-summary.entity.js';
import { TypeOrmOrderSummaries } from '../../apps/orders/src/orders/read-model/typeorm/typeorm-order-summaries.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

const idOf = (number: number): string => `0195507e-5c80-7000-8000-${String(number).padStart(12, '0')}`;

function summaryOf(number: number, more: Partial<OrderSummary> = {}): OrderSummary {
  const at = new Date('2026-03-01T12:00:00.007Z');
  return {
    id: idOf(number),
    version: 1,
    customerId: 'ada',
    status: 'placed',
    items: [{ sku: 'tea', quantity: 2, unitPriceCents: 450 }],
    totalCents: 900,
    trackingNumber: null,
    cancelReason: null,
    placedAt: at,
    updatedAt: at,
    ...more,
  };
}

describe.each(['postgres', 'memory'] as const)('order summaries on %s', (kind) => {
  let database: TestDatabase | undefined;
  let summaries: OrderSummaries;
  let context: { manager: EntityManager };

  beforeAll(async () => {
    database = kind === 'postgres' ? await createTestDatabase('empty') : undefined;
    const dataSource = await database?.connect(typeOrmOptions({ url: database.url }));
    await dataSource?.runMigrations();
    // In memory nobody asks for it.
    context = { manager: dataSource?.manager as EntityManager };
    summaries =
      dataSource === undefined
        ? new InMemoryOrderSummaries()
        : new TypeOrmOrderSummaries(dataSource.getRepository(OrderSummaryEntity));
  });

  afterAll(() => database?.drop());

  it('give back what was added, to the last field', async () => {
    const added = summaryOf(1, { totalCents: 100_000_000_000_000, customerId: 'grace "🫖" \\' });
    await summaries.add(added, context);
    expect({ ...(await summaries.find(added.id)) }).toEqual(added);
    expect(await summaries.find(idOf(999))).toBeUndefined();
  });

  it('refuse to add an order twice', async () => {
    await summaries.add(summaryOf(2), context);
    await expect(summaries.add(summaryOf(2, { customerId: 'eve' }), context)).rejects.toThrow();
    expect(await summaries.find(idOf(2))).toMatchObject({ customerId: 'ada' });
  });

  it('change an order by the event that follows, and by no other', async () => {
    await summaries.add(summaryOf(3), context);
    const updatedAt = new Date('2026-03-02T12:00:00.000Z');
    const shipped = { status: 'shipped', trackingNumber: '1Z999', version: 2, updatedAt } as const;
    await summaries.change(idOf(3), shipped, context);
    const after = { ...summaryOf(3), ...shipped };
    expect({ ...(await summaries.find(idOf(3))) }).toEqual(after);
    for (const version of [1, 2, 4]) {
      const change = { status: 'cancelled', version, updatedAt } as const;
      await expect(summaries.change(idOf(3), change, context)).rejects.toThrow(OutOfStepError);
    }
    expect({ ...(await summaries.find(idOf(3))) }).toEqual(after);
  });

  it('refuse to change an order that they do not have', async () => {
    const change = { status: 'shipped', version: 2, updatedAt: new Date() } as const;
    await expect(summaries.change(idOf(998), change, context)).rejects.toThrow(OutOfStepError);
  });

  it('list newest first, and by id where the time is the same, from the cursor on', async () => {
    const at = (day: number): Date => new Date(`2026-04-0${day}T00:00:00.000Z`);
    const days = [1, 3, 2, 3, 1, 3];
    for (const [index, day] of days.entries()) {
      await summaries.add(summaryOf(100 + index, { customerId: 'lister', placedAt: at(day) }), context);
    }
    const newestFirst = [105, 103, 101, 102, 104, 100].map(idOf);
    const all = await summaries.list({ customerId: 'lister' }, { limit: 10 });
    expect(all.map(({ id }) => id)).toEqual(newestFirst);
    for (const [index, after] of all.entries()) {
      const rest = await summaries.list({ customerId: 'lister' }, { limit: 3, after });
      expect(rest.map(({ id }) => id)).toEqual(newestFirst.slice(index + 1, index + 4));
    }
  });
});

interface Query {
  readonly sql: string;
  readonly parameters: unknown[];
}

/** Hands on what TypeORM asks the database. */
class QueryLogger extends AbstractLogger {
  constructor(private readonly onQuery: (query: Query) => void) {
    super(['query']);
  }

  override logQuery(sql: string, parameters: unknown[] = []): void {
    this.onQuery({ sql, parameters });
  }

  protected writeLog(): void {
    // Only queries are of interest.
  }
}

describe('the migrations of the orders app', () => {
  const queries: Query[] = [];
  let database: TestDatabase;
  let dataSource: DataSource;

  beforeAll(async () => {
    database = await createTestDatabase('empty');
    const logger = new QueryLogger((query) => queries.push(query));
    dataSource = await database.connect({ ...typeOrmOptions({ url: database.url }), logging: ['query'], logger });
    await dataSource.runMigrations();
  });

  afterAll(() => database.drop());

  const differences = async (): Promise<string[]> => {
    const { upQueries } = await dataSource.driver.createSchemaBuilder().log();
    return upQueries.map(({ query }) => query);
  };

  it('make just the tables and indexes that the entities say', async () => {
    expect(await differences()).toEqual([]);
  });

  it('can be taken back and run again', async () => {
    await dataSource.undoLastMigration();
    expect(await differences()).not.toEqual([]);
    await dataSource.runMigrations();
    expect(await differences()).toEqual([]);
  });

  it.each<[string, object, string]>([
    ['all orders', {}, 'order_summaries_by_time'],
    ['those of a customer', { customerId: 'customer-7' }, 'order_summaries_by_customer'],
    ['those with a rare status', { status: 'cancelled' }, 'order_summaries_by_status'],
  ])('bring the index from which a page of %s is read, without sorting', async (_what, filter, index) => {
    await dataSource.query(`
      insert into order_summaries
      select gen_random_uuid(), 1, 'customer-' || n % 500, case when n % 1000 = 0 then 'cancelled' else 'placed' end,
             '[]', 0, null, null, now() - n * interval '1 second', now()
      from generate_series(1, 20000) n`);
    await dataSource.query('analyze order_summaries');
    const after = { placedAt: new Date(Date.now() - 1_000_000), id: idOf(1) };
    queries.length = 0;
    await new TypeOrmOrderSummaries(dataSource.getRepository(OrderSummaryEntity)).list(filter, { limit: 21, after });
    const [{ sql, parameters }] = queries as [Query];
    const plan = await dataSource.query<object[]>(`explain ${sql}`, parameters);
    const text = plan.flatMap(Object.values).join('\n');
    expect(text).toContain(`using ${index}`);
    expect(text).not.toContain('Sort');
    await dataSource.query('truncate order_summaries');
  });
});
