import { comparisons } from '../comparison.mjs';
import { moreThan, atLeast } from '../goals.mjs';
import { ratePerSecond } from '../load.mjs';
import { openEmmett } from '../peers/emmett.mjs';
import { openRawPg } from '../peers/raw-pg.mjs';
import { pairedRounds } from '../rounds.mjs';
import { openTidemark } from '../tidemark.mjs';

const RAW = 'raw pg, one SELECT';
const EVENTS = 1_000;
const STREAMS = 10;

/** A stream of a thousand events, read whole and turned into objects; one of ten by turns, one after the other. */
export const readStream1000 = {
  name: 'read-stream-1000',
  work: 'read a stream of 1,000',
  unit: 'events/s',
  goal: '≥ 0.85× of one SELECT, and ahead of emmett',
  sizes: { quick: { durationMs: 200 }, full: { durationMs: 2_000 } },
  async run(context) {
    const [tidemark, raw, emmett] = [await openTidemark(context), await openRawPg(context), await openEmmett(context)];
    context.tell(`writing ${STREAMS} streams of ${EVENTS}`);
    for (let n = 0; n < STREAMS; n++) {
      for (const write of [
        () => tidemark.append(EVENTS),
        () => raw.insertStream(EVENTS),
        () => emmett.append(EVENTS),
      ]) {
        await write();
      }
    }
    context.tell(readStream1000.work);
    const read = (store) => () => ratePerSecond({ inFlight: 1, ...context.size }, readingBy(store));
    const contestants = { tidemark: read(tidemark), [RAW]: read(raw), emmett: read(emmett) };
    const goals = { [RAW]: atLeast(0.85), emmett: moreThan(1) };
    return comparisons(readStream1000, await pairedRounds(contestants, context.limits), goals);
  },
};

function readingBy(store) {
  let next = 0;
  let total = 0;
  return async () => {
    const events = await store.readStream(`order-${next++ % STREAMS}`);
    if (events.length !== EVENTS) throw new Error(`a stream of ${EVENTS} events was read as ${events.length}`);
    // So that content that is decoded when it is asked for is decoded by all.
    total += events.reduce((sum, { data }) => sum + data.total, 0);
    if (!(total > 0)) throw new Error('the events of a stream have no content');
    return events.length;
  };
}
