import { setTimeout as delay } from 'node:timers/promises';
import { comparison } from '../comparison.mjs';
import { atMost, figureAtMost } from '../goals.mjs';
import { milliseconds } from '../load.mjs';
import { openRawPg } from '../peers/raw-pg.mjs';
import { oneTransaction, prepareOneTransaction } from '../peers/raw-projection.mjs';
import { startProjector } from '../projector.mjs';
import { READ_MODEL, upsertProjection } from '../projections.mjs';
import { pairedRounds } from '../rounds.mjs';
import { percentile } from '../statistics.mjs';
import { openTidemark } from '../tidemark.mjs';

const REFERENCE = 'raw pg, one transaction with upsert and checkpoint';
const SHARES = { p50: 0.5, p99: 0.99 };
const NAME = 'visible';

/** From the moment when an append has answered to the moment when its event is in the read model, one at a time. */
export const visibility = {
  name: 'visibility',
  work: 'append → projection visible',
  unit: 'ms',
  goal: 'one process: p50 ≤ 2× and p99 ≤ 10× of one transaction; two processes: p50 ≤ 25 ms',
  sizes: { quick: { appends: 50 }, full: { appends: 1_000 } },
  async run(context) {
    const raw = await openRawPg(context);
    await prepareOneTransaction(raw);
    const here = await openHere(context);
    const there = await openThere(context);
    context.tell(visibility.work);
    const contestants = {
      here: () => percentiles(context.size.appends, here),
      there: () => percentiles(context.size.appends, there),
      reference: () => percentiles(context.size.appends, (n) => milliseconds(() => oneTransaction(raw, n))),
    };
    const figures = await pairedRounds(contestants, context.limits);
    const line = (kind, share, place, goal) =>
      comparison(
        {
          name: `visibility/${kind}-${share}`,
          work: `append → projection visible, ${place}, ${share}`,
          ...{ unit: 'ms', referenceName: `${REFERENCE}, ${share}`, goal },
        },
        figures[kind].map((round) => round[share]),
        figures.reference.map((round) => round[share]),
      );
    return [
      line('here', 'p50', 'one process', atMost(2)),
      line('here', 'p99', 'one process', atMost(10)),
      line('there', 'p50', 'two processes', figureAtMost(25, 'ms')),
      line('there', 'p99', 'two processes'),
    ];
  },
};

/** Appended and projected in this process, which says when the read model has it. */
async function openHere(context) {
  const url = await context.database('here');
  await context.server.query(READ_MODEL, [], url);
  const projections = [upsertProjection({ name: NAME })];
  const app = await openTidemark(context, { url, workers: true, feature: { projections } });
  return async () => {
    const { position } = await app.appendOne();
    return milliseconds(() => app.subscriptions.waitFor(position, { subscription: NAME, timeoutMs: 60_000 }));
  };
}

/** Appended here and projected in another process; the read model is asked until it has it. */
async function openThere(context) {
  const url = await context.database('there');
  await context.server.query(READ_MODEL, [], url);
  const app = await openTidemark(context, { url });
  await startProjector(context, url);
  const pool = context.pool(url, 1);
  return async () => {
    const { streamId, version } = await app.appendOne();
    return milliseconds(() => untilOrders(pool, streamId, version));
  };
}

async function untilOrders(pool, streamId, orders) {
  const query = { name: 'orders', text: 'select orders from totals where stream_id = $1', values: [streamId] };
  const deadline = performance.now() + 60_000;
  while (((await pool.query(query)).rows[0]?.orders ?? 0) < orders) {
    if (performance.now() > deadline) throw new Error(`the other process has not projected ${streamId} in 60 seconds`);
    await delay(1);
  }
}

async function percentiles(appends, once) {
  const times = [];
  for (let n = 0; n < appends; n++) times.push(await once(n));
  return Object.fromEntries(Object.entries(SHARES).map(([name, share]) => [name, percentile(times, share)]));
}
