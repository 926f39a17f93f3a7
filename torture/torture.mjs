import { once } from 'node:events';
import { DeadLetterQueue } from '@tidemark/event-sourcing';
import { createApplication } from './application.mjs';
import { TortureDatabase } from './database.mjs';
import { FailoverWatch } from './failover.mjs';
import { FeedReader } from './feed-reader.mjs';
import { killAndVerify } from './kills/kill-and-verify.mjs';
import { Schedule } from './schedule.mjs';
import { settle } from './settle.mjs';
import { verify } from './verification.mjs';
import { WorkerFleet } from './worker-fleet.mjs';
import { Writers } from './writers.mjs';

/** How long the workers have to catch up when the writers have stopped. */
const SETTLE_WITHIN_MS = 60_000;

/** Runs the whole of it; gives the figures and what is wrong, and leaves nothing behind. */
export async function torture(options, tell) {
  const database = new TortureDatabase();
  let app;
  let fleet;
  try {
    await database.start();
    const { url } = database;
    const connections = options.writers + 8;
    app = await createApplication({ ...options, url, workers: false, connections, migrate: true, logger: ['error'] });
    fleet = new WorkerFleet({ ...options, url }, tell);
    const work = options.kills > 0 ? killAndVerify : disturbAndVerify;
    return await Promise.race([work(options, { app, database, fleet, tell }), interrupted()]);
  } finally {
    fleet?.destroy();
    await app?.close().catch((error) => tell(`the writers' application did not close: ${error.message}`));
    await database.stop();
  }
}

// So that neither frozen workers nor a server are left behind.
async function interrupted() {
  const signal = await Promise.race(['SIGINT', 'SIGTERM'].map((name) => once(process, name).then(() => name)));
  throw new Error(`interrupted by ${signal}`);
}

async function disturbAndVerify(options, { app, database, fleet, tell }) {
  const failover = new FailoverWatch(database);
  const reader = new FeedReader(app);
  fleet.scaleTo(1);
  const writers = new Writers(app, { ...options, poison: true });
  const schedule = new Schedule({ ...options, fleet, database, failover, app, tell });
  await schedule.run(options.seconds);
  fleet.thawAll();
  await writers.stop();
  tell(`${writers.transactions} transactions written, ${writers.interrupted} broken off by restarts`);
  const stuck = await settle({ app, database, reader, tell }, SETTLE_WITHIN_MS);
  await Promise.all([reader.stop(), fleet.stop()]);
  const { problems, ...found } = await verify({ database, writers, reader });
  const letters = await app.get(DeadLetterQueue).stats();
  const figures = {
    seconds: options.seconds,
    seed: options.seed,
    transactions: writers.transactions,
    rolledBack: writers.rolledBack,
    ...found,
    kills: fleet.kills,
    freezes: fleet.freezes,
    rebalances: fleet.rebalances,
    databaseRestarts: database.restarts,
    parked: letters.parked + letters.redriving + letters.resolved + letters.discarded,
    redriven: letters.resolved,
    maxFailoverSeconds: Number(failover.maxSeconds.toFixed(2)),
    ...(schedule.resumedAfterSeconds !== undefined && { resumedAfterOutageSeconds: schedule.resumedAfterSeconds }),
  };
  return { figures, problems: [...stuck, ...problems, ...failover.problems, ...fleet.problems] };
}
