import { milliseconds } from './load.mjs';
import { READ_MODEL } from './projections.mjs';
import { openRawPg } from './peers/raw-pg.mjs';
import { seed } from './seeding.mjs';
import { openTidemark } from './tidemark.mjs';

/** Larger batches than by default, as a rebuild has them: as many events as the reference takes per transaction. */
export const LARGE_BATCHES = { batchSize: 1_000, maxInFlight: 4_000 };

/** Of what a projection does that says nothing about batches; long runs only. */
export const BY_DEFAULT = 'tidemark, batches as by default';

/** A store and a raw table with the same history and the read model of the projections. */
export async function openHistory(context, events) {
  context.tell(`seeding ${events} events`);
  const { url, close } = await openStore(context);
  await close();
  await seed(url, events, context.tell);
  await context.server.query(READ_MODEL, [], url);
  const raw = await openRawPg(context);
  await raw.seed(events);
  await raw.pool.query(READ_MODEL);
  return { url, raw, events };
}

async function openStore(context) {
  const app = await openTidemark(context);
  return { url: app.url, close: () => app.close() };
}

let projections = 0;

/**
 * Events per second of a projection that catches up from the first event to the last: of a new one in a new application,
 * whose start does not count. `declare`: makes the projection's class.
 */
export async function catchUpRate(context, { url, events }, declare, tuning) {
  await context.server.query('truncate totals', [], url);
  const projection = declare({ name: `catching-up-${++projections}`, ...tuning });
  const app = await openTidemark(context, { url, feature: { projections: [projection] } });
  const ms = await milliseconds(() => app.subscriptions.runToHead());
  await app.close();
  return (events * 1_000) / ms;
}

/** The same of the raw table; `work(raw)` takes all of its events. */
export async function rawRate({ raw, events }, work) {
  await raw.pool.query('truncate totals');
  return (events * 1_000) / (await milliseconds(() => work(raw)));
}
