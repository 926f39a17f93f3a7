import { BY_DEFAULT, catchUpRate, LARGE_BATCHES, openHistory, rawRate } from '../catch-up.mjs';
import { comparisons } from '../comparison.mjs';
import { atLeast } from '../goals.mjs';
import { readPages } from '../peers/raw-feed.mjs';
import { nothingProjection } from '../projections.mjs';
import { pairedRounds } from '../rounds.mjs';

const RAW = 'raw pg, keyset pages of 1,000';

/** A projection that does nothing with its events comes from the first to the last. */
export const feedCatchUp = {
  name: 'feed-catch-up',
  work: 'feed catch-up, no-op handler',
  unit: 'events/s',
  goal: '≥ 0.7× of keyset pages of 1,000',
  sizes: { quick: { events: 20_000 }, full: { byDefault: true, events: 1_000_000 } },
  async run(context) {
    const history = await openHistory(context, context.size.events);
    context.tell(feedCatchUp.work);
    const contestants = {
      tidemark: () => catchUpRate(context, history, nothingProjection, LARGE_BATCHES),
      [RAW]: () => rawRate(history, (raw) => readPages(raw)),
      ...(context.size.byDefault && { [BY_DEFAULT]: () => catchUpRate(context, history, nothingProjection) }),
    };
    return comparisons(feedCatchUp, await pairedRounds(contestants, context.limits), { [RAW]: atLeast(0.7) });
  },
};
