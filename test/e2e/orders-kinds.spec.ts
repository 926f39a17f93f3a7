import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { OrdersClient, type OrderPageBody, seeing } from '../support/orders-client.js';
import { type OrdersProcess, spawnOrders } from '../support/orders-process.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

/** Processes of different kinds from the one built app, told apart by their environment. */
describe('the orders app in several processes', () => {
  let database: TestDatabase;
  let started: OrdersProcess[];

  beforeEach(async () => {
    started = [];
    database = await createTestDatabase();
  });

  afterEach(async () => {
    for (const process of started) process.signal('SIGKILL');
    await Promise.all(started.map(({ exited }) => exited));
    await database.drop();
  });

  const spawn = (variables: Record<string, string>): OrdersProcess => {
    const process = spawnOrders({ DATABASE_URL: database.url, READ_MODEL_TIMEOUT_MS: '20000', ...variables });
    started.push(process);
    return process;
  };

  it('one serves and another works; one that divides in another way or names nothing known is refused', async () => {
    const web = spawn({ WORKERS: 'false' });
    const orders = new OrdersClient(await web.url);
    const placed = await orders.place({ customerId: 'ada' });
    const worker = spawn({ SUBSCRIPTIONS: 'order-summary', PARTITION_KEY: '0', TOTAL_PARTITIONS: '1' });
    await worker.url;
    const listed = await orders.get<OrderPageBody>('/orders', seeing(placed));
    expect(listed.body.items).toMatchObject([{ id: placed.body.id, customerId: 'ada' }]);

    const [other, unknown] = [
      spawn({ PARTITION_KEY: '1', TOTAL_PARTITIONS: '2' }),
      spawn({ SUBSCRIPTIONS: 'order-sumary' }),
    ];
    expect(await other.exited).toBe(1);
    expect(other.output()).toMatch(
      /is number 1 of 2, and process '.*', which runs 'order-summary' too, is number 0 of 1/,
    );
    expect(await unknown.exited).toBe(1);
    expect(unknown.output()).toMatch(/'order-sumary', which this app does not have; known are 'order-summary'/);
    worker.signal('SIGTERM');
    expect(await worker.exited).toBe(0);
  }, 240_000);
});
