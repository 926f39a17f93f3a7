import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type pg from 'pg';
import { eventually } from '../support/eventually.js';
import { waiterForTable } from '../support/lock-waiters.js';
import { logLinesOf } from '../support/log-lines.js';
import { scrapeUntil } from '../support/metrics-scrape.js';
import { OrdersClient } from '../support/orders-client.js';
import { type OrdersProcess, spawnOrders } from '../support/orders-process.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

const subscription = 'order-summary';

/** The built app as a process, whose handler hangs on a lock that the test holds. */
describe('a second signal', () => {
  let database: TestDatabase;
  let lock: pg.Client;
  let app: OrdersProcess;

  beforeEach(async () => {
    database = await createTestDatabase();
    app = spawnOrders({ DATABASE_URL: database.url, LOG_LEVEL: 'info' });
    await app.url;
    lock = await database.client();
  });

  afterEach(async () => {
    app.signal('SIGKILL');
    await app.exited;
    await lock.end();
    await database.drop();
  });

  const facts = (fact: string) => logLinesOf(app.output()).filter((line) => line.fact === fact);

  it('ends the process at once, with what was under way rolled back, to be done again', async () => {
    const url = await app.url;
    await lock.query('begin; lock table order_summaries in access exclusive mode');
    const { body: order } = await new OrdersClient(url).place();
    await waiterForTable(lock, 'order_summaries');
    await scrapeUntil(url, (answer) => answer.value('subscription_in_flight', { subscription }) === 1);
    app.signal('SIGTERM');
    await eventually(() => facts('shutdown.begun').length === 1);
    // One within half a second is the first once more, as npm hands it on.
    const begunAt = performance.now();
    await eventually(() => performance.now() - begunAt > 600);
    expect(facts('shutdown.forced')).toEqual([]);
    app.signal('SIGTERM');
    // The lock is held until the process has ended; a drain that waits for the handler would take 30 seconds.
    expect(await app.exited).toBe(0);
    const [forced, ...others] = facts('shutdown.forced');
    expect(others).toEqual([]);
    // The statement that waits for the lock is cancelled, so nothing is left behind.
    expect(facts('shutdown.overdue')).toEqual([]);
    expect(forced).toMatchObject({
      level: 'warn',
      reason: 'SIGTERM',
      phase: 'forced',
      inFlightAtStart: 1,
      eventsDrained: 0,
      eventsNotDrained: 1,
      leasesReleased: 1,
    });
    expect(Number(forced?.durationSeconds)).toBeLessThan(20);
    await lock.query('rollback');
    const { rows } = await lock.query<{ n: number }>('select count(*)::int as n from order_summaries');
    expect(rows).toEqual([{ n: 0 }]);

    app = spawnOrders({ DATABASE_URL: database.url });
    const next = new OrdersClient(await app.url);
    await eventually(
      () => next.get(`/orders/${order.id}`),
      ({ status }) => status === 200,
      240_000,
    );
  }, 240_000);
});
