import { setTimeout as delay } from 'node:timers/promises';
import { comparison } from '../comparison.mjs';
import { lessThan } from '../goals.mjs';
import { nothingProjection } from '../projections.mjs';
import { pairedRounds } from '../rounds.mjs';
import { median } from '../statistics.mjs';
import { openTidemark } from '../tidemark.mjs';

const COUNTS = [4, 16];
const REST_MS = 20;

/**
 * Several subscriptions follow the feed while events come in. Database time: what PostgreSQL says its connections were active
 * for, without what the same appends need where nobody follows.
 */
export const sharedFeed = {
  name: 'shared-feed',
  work: 'subscriptions on one feed',
  unit: 'ms/1,000 events',
  goal: 'database time grows less than half as fast as their number',
  share: 2,
  sizes: { quick: { events: 100 }, full: { events: 2_000 } },
  async run(context) {
    context.tell('4 and 16 subscriptions, against one and against none');
    // Nothing is warm: each turn has an application and a database of its own.
    const contestants = Object.fromEntries(
      [0, 1, ...COUNTS].map((count) => [count, () => databaseTime(context, count)]),
    );
    const figures = await pairedRounds(contestants, { ...context.limits, warmUp: false });
    const alone = median(figures[0]);
    // What is lost in the noise of the appends is told as a millisecond.
    const without = (count) => figures[count].map((ms) => Math.max(ms - alone, 1));
    return COUNTS.map((count) => {
      const about = {
        name: `shared-feed/${count}`,
        work: `${count} subscriptions on one feed, database time`,
        unit: sharedFeed.unit,
        referenceName: 'one subscription',
        goal: lessThan(count / 2),
        detail: { appendsAlone: figures[0], withSubscriptions: figures[count], withOne: figures[1] },
      };
      return comparison(about, without(count), without(1));
    });
  },
};

/** Database time of so many events and so many subscriptions that follow, per thousand events, in milliseconds. */
async function databaseTime(context, count) {
  const projections = Array.from({ length: count }, (_, n) => nothingProjection({ name: `following-${n}` }));
  const url = await context.database(`following_${count}`);
  const app = await openTidemark(context, { url, workers: count > 0, feature: { projections } });
  const { events } = context.size;
  let position = 0n;
  // Not as fast as can be: who follows shall be at the head.
  for (let done = 0; done < events; done += 10) {
    const results = await Promise.all(Array.from({ length: 10 }, () => app.appendOne()));
    position = results.reduce((last, result) => (result.position > last ? result.position : last), position);
    await delay(REST_MS);
  }
  for (let n = 0; n < count; n++) {
    await app.subscriptions.waitFor(position, { subscription: `following-${n}`, timeoutMs: 60_000 });
  }
  // A connection tells what it did when it ends.
  await app.close();
  const [{ ms }] = await context.server.query(`select active_time as ms from pg_stat_database where datname = $1`, [
    new URL(url).pathname.slice(1),
  ]);
  return (ms * 1_000) / events;
}
