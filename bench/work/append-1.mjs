import { comparisons } from '../comparison.mjs';
import { atLeast } from '../goals.mjs';
import { ratePerSecond } from '../load.mjs';
import { openEmmett } from '../peers/emmett.mjs';
import { openPerEventTransactions } from '../peers/per-event-transaction.mjs';
import { openRawPg } from '../peers/raw-pg.mjs';
import { pairedRounds } from '../rounds.mjs';
import { openTidemark } from '../tidemark.mjs';

const LIMIT = 'raw pg, multi-row INSERT of 500';
const PLAIN = 'raw pg, INSERT per event';
const EMMETT = 'emmett';
const PER_EVENT = 'a transaction per append, by hand';

/** By how many appends are under way: which reference sets which goal. */
const LEVELS = new Map([
  [1, { [PLAIN]: atLeast(0.8) }],
  [32, { [PLAIN]: atLeast(1.8), [EMMETT]: atLeast(6) }],
  [128, { [LIMIT]: atLeast(0.6) }],
]);

/** One event per append, each to another stream, from so many callers at once. */
export const append1 = {
  name: 'append-1',
  work: 'append 1 event',
  unit: 'events/s',
  goal: '≥ 0.6× of the limit at 128 in flight; ≥ 6× emmett and ≥ 1.8× plain INSERTs at 32; ≥ 0.8× plain INSERTs at 1',
  share: 3,
  sizes: { quick: { durationMs: 120 }, full: { durationMs: 2_000 } },
  async run(context) {
    const grouped = await openTidemark(context);
    const alone = await openTidemark(context, { label: 'alone', eventStore: { groupCommit: false } });
    const [raw, plain] = [await openRawPg(context), await openRawPg(context, 'plain')];
    const [emmett, perEvent] = [await openEmmett(context), await openPerEventTransactions(context)];
    context.tell('a first event to each stream');
    for (const store of [grouped, alone, emmett, perEvent]) await store.warm();
    const lines = [];
    for (const [inFlight, goals] of LEVELS) {
      const load = (step, callers = inFlight) => ratePerSecond({ inFlight: callers, ...context.size }, step);
      const about = { name: `append-1/${inFlight}`, work: `append 1 event, ${inFlight} in flight`, unit: 'events/s' };
      const peers = {
        [LIMIT]: () => load(() => raw.insertMany(500), 1),
        [PLAIN]: () => load(() => plain.insertOne()),
        [EMMETT]: () => load(() => emmett.append()),
        [PER_EVENT]: () => load(() => perEvent.append()),
      };
      // By itself, without group commit: what grouping brings.
      const ungrouped = inFlight === 32 ? { 'tidemark, group commit off': () => load(() => alone.append()) } : {};
      context.tell(about.work);
      const contestants = { tidemark: () => load(() => grouped.append()), ...peers, ...ungrouped };
      lines.push(
        ...comparisons({ ...about, detail: { inFlight } }, await pairedRounds(contestants, context.limits), goals),
      );
    }
    return lines;
  },
};
