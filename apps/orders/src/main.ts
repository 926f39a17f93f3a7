import 'reflect-metadata';
import { hostname } from 'node:os';
import { announce } from './banner.js';
import { startOrders } from './bootstrap.js';
import { readConfig } from './config/orders.config.js';

/** Resolves with the first signal to stop; a second one ends the process at once. */
function stopSignal(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    process.once('SIGINT', resolve);
    process.once('SIGTERM', resolve);
  });
}

try {
  const stopped = stopSignal();
  const orders = await startOrders(readConfig(process.env, hostname()));
  announce(orders);
  await orders.close(await stopped);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
