import { BY_DEFAULT, catchUpRate, LARGE_BATCHES, openHistory, rawRate } from '../catch-up.mjs';
import { comparison, comparisons } from '../comparison.mjs';
import { atLeast } from '../goals.mjs';
import { catchUpOneByOne } from '../peers/per-event-transaction.mjs';
import { projectEach } from '../peers/raw-feed.mjs';
import { preparedUpsertProjection, upsertProjection } from '../projections.mjs';
import { pairedRounds } from '../rounds.mjs';

const RAW = 'raw pg, same upserts, transactions of 1,000';
const PREPARED = 'tidemark, a named statement';
const ONE_BY_ONE = 'polling loop, a transaction per event';

const GOAL = atLeast(0.7);
/** What the reference does, and what TypeORM has no way to do. */
const NAMED = {
  name: 'projection-catch-up/prepared',
  work: 'projection catch-up, one upsert per event, named statement',
};

/** A projection with one upsert per event comes from the first event to the last. */
export const projectionCatchUp = {
  name: 'projection-catch-up',
  work: 'projection catch-up, one upsert per event',
  unit: 'events/s',
  goal: '≥ 0.7× of the same upserts in transactions of one batch',
  share: 1.5,
  sizes: { quick: { events: 3_000, oneByOne: 100 }, full: { byDefault: true, events: 200_000, oneByOne: 5_000 } },
  async run(context) {
    const history = await openHistory(context, context.size.events);
    context.tell(projectionCatchUp.work);
    const { oneByOne } = context.size;
    const contestants = {
      tidemark: () => catchUpRate(context, history, upsertProjection, LARGE_BATCHES),
      [PREPARED]: () => catchUpRate(context, history, preparedUpsertProjection, LARGE_BATCHES),
      [RAW]: () => rawRate(history, projectEach),
      // Slow enough for a part of the history to tell its rate.
      [ONE_BY_ONE]: () => rawRate({ ...history, events: oneByOne }, (raw) => catchUpOneByOne(raw, oneByOne)),
      ...(context.size.byDefault && { [BY_DEFAULT]: () => catchUpRate(context, history, upsertProjection) }),
    };
    const { [PREPARED]: prepared, ...figures } = await pairedRounds(contestants, context.limits);
    return [
      ...comparisons(projectionCatchUp, figures, { [RAW]: GOAL }),
      comparison({ ...projectionCatchUp, ...NAMED, referenceName: RAW, goal: GOAL }, prepared, figures[RAW]),
    ];
  },
};
