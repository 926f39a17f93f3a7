import { setTimeout as delay } from 'node:timers/promises';
import { DeadLetterQueue } from '@tidemark/event-sourcing';
import { FeedReader } from '../feed-reader.mjs';
import { settle } from '../settle.mjs';
import { verify } from '../verification.mjs';
import { Writers } from '../writers.mjs';
import { BackendKills } from './backend-kills.mjs';
import { WorkerKills } from './worker-kills.mjs';

const WORKERS = 4;
const BACKLOG = 400;
const SETTLE_WITHIN_MS = 60_000;

/**
 * Kills worker processes, and ends connections of workers, at random moments while they work on a backlog that keeps
 * growing; then the read model must be the fold of the events. Nothing fails here but by a kill, so nothing may be parked.
 */
export async function killAndVerify(options, { app, database, fleet, tell }) {
  const startedAt = performance.now();
  const client = await database.connect();
  const writers = new Writers(app, { ...options, poison: false });
  const reader = new FeedReader(app);
  while (reader.delivered.length < BACKLOG) await delay(20);
  tell(`a backlog of ${reader.delivered.length} events`);
  try {
    const kills = new WorkerKills({ wanted: options.kills, seed: options.seed, fleet, client, tell });
    fleet.onHired = (worker) => kills.take(worker);
    const backends = new BackendKills({ seed: options.seed, fleet, client });
    fleet.scaleTo(WORKERS);
    await Promise.all([kills.enough, backends.run(options.backendKills)]);
    await writers.stop();
    tell(`${kills.done} workers and ${backends.done} connections killed; ${writers.transactions} transactions written`);
    const stuck = await settle({ app, database, reader, tell }, SETTLE_WITHIN_MS);
    await Promise.all([reader.stop(), fleet.stop()]);
    const { problems, ...found } = await verify({ database, writers, reader });
    const letters = await app.get(DeadLetterQueue).stats();
    const figures = {
      seconds: Math.round((performance.now() - startedAt) / 1000),
      seed: options.seed,
      transactions: writers.transactions,
      ...found,
      kills: kills.done,
      killsOfOwners: kills.ofOwners,
      killsInTransaction: kills.inTransaction,
      backendKills: backends.done,
      backendKillsInTransaction: backends.inTransaction,
      parked: letters.parked + letters.redriving + letters.resolved + letters.discarded,
    };
    return { figures, problems: [...stuck, ...problems, ...fleet.problems] };
  } finally {
    await client.end();
  }
}
