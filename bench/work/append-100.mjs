import { comparisons } from '../comparison.mjs';
import { atLeast } from '../goals.mjs';
import { ratePerSecond } from '../load.mjs';
import { openEmmett } from '../peers/emmett.mjs';
import { openRawPg } from '../peers/raw-pg.mjs';
import { pairedRounds } from '../rounds.mjs';
import { openTidemark } from '../tidemark.mjs';

const SAME_ROWS = 'raw pg, multi-row INSERT of the same 100';
const LARGER = 'raw pg, multi-row INSERT of 500';

/** A hundred events per append, one append after the other. */
export const append100 = {
  name: 'append-100',
  work: 'append 100 events at once',
  unit: 'events/s',
  goal: '≥ 0.7× of one INSERT of the same rows',
  sizes: { quick: { durationMs: 150 }, full: { durationMs: 2_000 } },
  async run(context) {
    const [tidemark, emmett] = [await openTidemark(context), await openEmmett(context)];
    const [raw, larger] = [await openRawPg(context), await openRawPg(context, 'larger')];
    const load = (step) => ratePerSecond({ inFlight: 1, ...context.size }, step);
    context.tell(append100.work);
    const contestants = {
      tidemark: () => load(() => tidemark.append(100)),
      [SAME_ROWS]: () => load(() => raw.insertStream(100)),
      [LARGER]: () => load(() => larger.insertMany(500)),
      emmett: () => load(() => emmett.append(100)),
    };
    const figures = await pairedRounds(contestants, context.limits);
    return comparisons(append100, figures, { [SAME_ROWS]: atLeast(0.7) });
  },
};
