import { DataSource } from 'typeorm';
import pg from 'pg';
import { comparisons } from '../comparison.mjs';
import { placed } from '../events.mjs';
import { figureAtMost } from '../goals.mjs';
import { milliseconds } from '../load.mjs';
import { POOL_SIZE } from '../row-context.mjs';
import { pairedRounds } from '../rounds.mjs';
import { median } from '../statistics.mjs';
import { openTidemark } from '../tidemark.mjs';

const ROUND_TRIP = 'raw pg, select 1';
const CONNECTIONS = [1, 50, 200];
/** For the benchmark's own pools, and for others on a server that was given. */
const KEPT_FREE = 3 * POOL_SIZE;

/** How far the feed may be read is asked for, with so many connections to the database open. */
export const horizon = {
  name: 'horizon',
  work: 'horizon query',
  unit: 'ms',
  goal: '≤ 1 ms',
  sizes: { quick: { calls: 100 }, full: { calls: 1_000 } },
  async run(context) {
    const app = await openTidemark(context);
    await app.append();
    const pool = context.pool(app.url, 1);
    const medianOf = (call) => medianMs(context.size.calls, call);
    const contestants = {
      tidemark: () => medianOf(() => app.store.horizon()),
      [ROUND_TRIP]: () => medianOf(() => pool.query({ name: 'round_trip', text: 'select 1' })),
    };
    const lines = [];
    const measure = async ({ name, work, goal }) => {
      context.tell(work);
      const figures = await pairedRounds(contestants, context.limits);
      lines.push(...comparisons({ name, work, unit: 'ms' }, figures, { [ROUND_TRIP]: goal }));
    };
    for (const wished of CONNECTIONS) {
      const open = await possible(context, wished);
      const close = await openIdle(app.url, open);
      const work = `horizon query, ${open} open connections`;
      await measure({ name: `horizon/${wished}`, work, goal: figureAtMost(1, 'ms') }).finally(close);
    }
    // Each of them holds the horizon: the most that there is to look at.
    const open = await possible(context, CONNECTIONS.at(-1));
    const close = await openAppending(context, app.url, open);
    const work = `horizon query, ${open} open transactions that have appended`;
    await measure({ name: `horizon/${CONNECTIONS.at(-1)}-appending`, work }).finally(close);
    return lines;
  },
};

/** As many as are wished, or as many as the server has to give. */
async function possible({ server, tell }, wished) {
  const [{ most, used }] = await server.query(
    `select current_setting('max_connections')::integer as most,
            (select count(*)::integer from pg_stat_activity where backend_type = 'client backend') as used`,
  );
  const open = Math.max(1, Math.min(wished, most - used - KEPT_FREE));
  if (open < wished) tell(`max_connections is ${most}, ${used} are taken: ${open} connections in place of ${wished}`);
  return open;
}

async function openIdle(url, count) {
  const clients = Array.from({ length: count }, () => new pg.Client({ connectionString: url }));
  for (const client of clients) {
    client.on('error', () => undefined);
    await client.connect();
    await client.query('select 1');
  }
  return () => Promise.all(clients.map((client) => client.end()));
}

async function openAppending(context, url, count) {
  const app = await openTidemark(context, { url, connections: count + POOL_SIZE });
  const runners = Array.from({ length: count }, () => app.app.get(DataSource).createQueryRunner());
  for (const [index, runner] of runners.entries()) {
    await runner.startTransaction();
    await app.store.append(`open-${index}`, placed(index), { manager: runner.manager });
  }
  return async () => {
    for (const runner of runners) {
      await runner.rollbackTransaction();
      await runner.release();
    }
  };
}

async function medianMs(calls, call) {
  const times = [];
  for (let n = 0; n < calls; n++) times.push(await milliseconds(call));
  return median(times);
}
