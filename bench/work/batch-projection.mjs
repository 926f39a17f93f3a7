import { BY_DEFAULT, catchUpRate, LARGE_BATCHES, openHistory, rawRate } from '../catch-up.mjs';
import { comparisons } from '../comparison.mjs';
import { atLeast } from '../goals.mjs';
import { projectMany } from '../peers/raw-feed.mjs';
import { batchProjection } from '../projections.mjs';
import { pairedRounds } from '../rounds.mjs';

const RAW = 'raw pg, multi-row upsert per page of 1,000';

/** A projection with a batch handler that makes one multi-row upsert comes from the first event to the last. */
export const batchProjectionRow = {
  name: 'batch-projection',
  work: 'projection catch-up with a batch handler',
  unit: 'events/s',
  goal: '≥ 0.7× of a multi-row upsert per page of 1,000',
  sizes: { quick: { events: 10_000 }, full: { byDefault: true, events: 500_000 } },
  async run(context) {
    const history = await openHistory(context, context.size.events);
    context.tell(batchProjectionRow.work);
    const contestants = {
      tidemark: () => catchUpRate(context, history, batchProjection, LARGE_BATCHES),
      [RAW]: () => rawRate(history, projectMany),
      ...(context.size.byDefault && { [BY_DEFAULT]: () => catchUpRate(context, history, batchProjection) }),
    };
    return comparisons(batchProjectionRow, await pairedRounds(contestants, context.limits), { [RAW]: atLeast(0.7) });
  },
};
