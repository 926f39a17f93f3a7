import { aggregateLoad } from './aggregate-load.mjs';
import { append1 } from './append-1.mjs';
import { append100 } from './append-100.mjs';
import { batchProjectionRow } from './batch-projection.mjs';
import { feedCatchUp } from './feed-catch-up.mjs';
import { growth } from './growth.mjs';
import { horizon } from './horizon.mjs';
import { observability } from './observability.mjs';
import { projectionCatchUp } from './projection-catch-up.mjs';
import { readStream1000 } from './read-stream-1000.mjs';
import { sharedFeed } from './shared-feed.mjs';
import { visibility } from './visibility.mjs';

/** All rows, in the order in which they run. */
export const ROWS = [
  append1,
  append100,
  readStream1000,
  feedCatchUp,
  projectionCatchUp,
  batchProjectionRow,
  sharedFeed,
  visibility,
  aggregateLoad,
  growth,
  horizon,
  observability,
];
