// A worker: a Nest application that runs the projections until SIGTERM. Started by worker-fleet.mjs.
import { flushCompileCache } from 'node:module';
import { inspect } from 'node:util';
import { BATCH_HANDLED, Instrumentation, PARTITION_OWNERSHIP, SubscriptionManager } from '@tidemark/event-sourcing';
import { DataSource } from 'typeorm';
import { createApplication } from './application.mjs';

const { url, leaseTtlMs, batchSize, broken } = JSON.parse(process.env.TORTURE_WORKER);

// Nobody is left to stop it.
process.once('disconnect', () => process.exit());

const stopped = new Promise((resolve) => process.once('SIGTERM', resolve));

if (broken) await import(`./broken/${broken}.mjs`);
const app = await createApplication({
  url,
  workers: true,
  leaseTtlMs,
  batchSize,
  connections: 12,
  logger: ['error', 'warn'],
  name: `torture-worker-${process.pid}`,
});

async function tellWhatHolds() {
  console.log(`held up by ${process.getActiveResourcesInfo().join(', ')}`);
  const { runners } = app.get(SubscriptionManager);
  for (const runner of [...runners.values()].flat()) console.log(inspect(runner.status(), { breakLength: Infinity }));
  const { totalCount, idleCount, waitingCount } = app.get(DataSource).driver.master;
  console.log(`pool: ${totalCount} connections, ${idleCount} idle, ${waitingCount} waiting`);
}

process.send?.('ready');
for (const signal of [PARTITION_OWNERSHIP, BATCH_HANDLED]) {
  const forget = app.get(Instrumentation).on(signal, () => {
    forget();
    process.send?.('at work');
  });
}
// For those that come after it, which start sooner by it.
flushCompileCache();
// Asked by the fleet before it gives up on one that does not stop.
process.on('SIGUSR2', () => void tellWhatHolds());
await stopped;
console.log('stopping');
await app.close();
process.removeAllListeners('disconnect');
process.disconnect?.();
