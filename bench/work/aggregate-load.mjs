import { getAggregateRepositoryToken } from '@tidemark/event-sourcing';
import { SnapshotTally, Tally } from '../aggregates.mjs';
import { comparisons } from '../comparison.mjs';
import { placed } from '../events.mjs';
import { atLeast, atMost } from '../goals.mjs';
import { ratePerSecond } from '../load.mjs';
import { openRawPg } from '../peers/raw-pg.mjs';
import { pairedRounds } from '../rounds.mjs';
import { openTidemark } from '../tidemark.mjs';

const RAW = 'raw pg, read and fold';
const EVENTS = 1_000;
const AGGREGATES = 10;
const [SHORT, LONG] = [100, 10_000];

/** An aggregate is loaded: of a thousand events; and from its snapshot, of few events and of many. */
export const aggregateLoad = {
  name: 'aggregate-load',
  work: 'aggregate load, 1,000 events',
  unit: 'loads/s',
  goal: '≥ 0.6× of raw read and fold; from a snapshot independent of length (≤ 1.2×)',
  sizes: { quick: { durationMs: 200 }, full: { durationMs: 2_000 } },
  async run(context) {
    const app = await openTidemark(context, { feature: { aggregates: [Tally, SnapshotTally] } });
    const raw = await openRawPg(context);
    context.tell('writing aggregates');
    for (let n = 0; n < AGGREGATES; n++) {
      await write(app, `tally-${n}`, EVENTS);
      await raw.insertStream(EVENTS);
    }
    const load = (step) => ratePerSecond({ inFlight: 1, ...context.size }, step);
    context.tell(aggregateLoad.work);
    const tallies = app.app.get(getAggregateRepositoryToken(Tally));
    const replayed = await pairedRounds(
      {
        tidemark: () => load(byTurns((n) => tallies.get(String(n)))),
        [RAW]: () => load(byTurns(async (n) => fold(await raw.readStream(`order-${n}`)))),
      },
      context.limits,
    );
    return [...comparisons(aggregateLoad, replayed, { [RAW]: atLeast(0.6) }), ...(await fromSnapshots(context, app))];
  },
};

async function fromSnapshots(context, app) {
  const tallies = app.app.get(getAggregateRepositoryToken(SnapshotTally));
  for (const events of [SHORT, LONG]) {
    await write(app, `snapshottally-${events}`, events);
    await tallies.snapshot(String(events));
    // What is replayed behind the snapshot, of both as much.
    await write(app, `snapshottally-${events}`, 10);
  }
  const work = `aggregate load with a snapshot, ${LONG.toLocaleString('en-US')} events`;
  context.tell(work);
  const reference = `the same, ${SHORT} events`;
  const perLoad = async (events) =>
    1_000 /
    (await ratePerSecond(
      { inFlight: 1, ...context.size },
      byTurns(() => tallies.get(String(events))),
    ));
  const figures = await pairedRounds(
    { tidemark: () => perLoad(LONG), [reference]: () => perLoad(SHORT) },
    context.limits,
  );
  return comparisons({ name: 'aggregate-load/snapshot', work, unit: 'ms/load' }, figures, { [reference]: atMost(1.2) });
}

async function write(app, streamId, events) {
  for (let n = 0; n < events; n += EVENTS) await app.store.append(streamId, placed(n, Math.min(EVENTS, events - n)));
}

function byTurns(load) {
  let next = 0;
  return async () => {
    const { total } = await load(next++ % AGGREGATES);
    if (!(total > 0)) throw new Error('an aggregate was loaded without what its events say');
    return 1;
  };
}

function fold(events) {
  const state = { orders: 0, total: 0 };
  for (const { data } of events) {
    state.orders += 1;
    state.total += data.total;
  }
  return state;
}
