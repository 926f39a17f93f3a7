import { DATABASE_FACTS } from '../database/index.js';
import { EVENT_STORE_FACTS } from '../event-store/index.js';
import { LIFECYCLE_FACTS } from '../lifecycle/index.js';
import type { LogFact } from '../logging/index.js';
import { SUBSCRIPTION_FACTS } from '../subscriptions/index.js';
import { OBSERVED_FACTS } from './observed-facts.js';

/** Every kind of fact that the library writes to the log, as docs/operations/logs.md tells of them. */
export const ALL_FACTS: readonly Pick<LogFact, 'name' | 'level' | 'fields'>[] = Object.freeze([
  ...DATABASE_FACTS,
  ...EVENT_STORE_FACTS,
  ...LIFECYCLE_FACTS,
  ...SUBSCRIPTION_FACTS,
  ...OBSERVED_FACTS,
]);
