import { startApp } from '../../apps/orders/src/bootstrap.js';
import { OrdersClient } from './orders-client.js';
import { createTestDatabase } from './test-database.js';

/** The orders app in this process, and what ends it; `close()` fails where it left a connection open. */
export interface OrdersUnderTest {
  readonly orders: OrdersClient;
  close(): Promise<void>;
}

/** Starts the orders app on a database of its own, or in memory. */
export async function startOrdersOn(
  kind: 'postgres' | 'memory',
  readModelTimeoutMs = 15_000,
): Promise<OrdersUnderTest> {
  const database = kind === 'postgres' ? await createTestDatabase() : undefined;
  const store =
    database === undefined ? ({ kind: 'memory' } as const) : ({ kind: 'external', url: database.url } as const);
  const running = await startApp({ port: 0, store, readModelTimeoutMs, logLevel: 'fatal' });
  return {
    orders: new OrdersClient(running.url),
    close: async () => {
      await running.close();
      await database?.drop();
    },
  };
}
