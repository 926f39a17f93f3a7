import type { DeadLetterState } from './dead-letter.js';
import type { DeadLetterCounts, DeadLetterStats } from './dead-letter-reader.js';

/** Letters of one subscription in one state. */
export interface DeadLetterTally {
  readonly subscription: string;
  readonly state: DeadLetterState;
  readonly count: number;
  /** When the oldest of them was parked; not needed where they are closed. */
  readonly oldestAt: Date | undefined;
}

const NONE: DeadLetterCounts = { parked: 0, redriving: 0, resolved: 0, discarded: 0, oldestAt: undefined };

/** Adds tallies up, for stores. */
export function statsOf(tallies: readonly DeadLetterTally[]): DeadLetterStats {
  const subscriptions = new Map<string, DeadLetterCounts>();
  let total = NONE;
  for (const tally of tallies) {
    total = plus(total, tally);
    subscriptions.set(tally.subscription, plus(subscriptions.get(tally.subscription) ?? NONE, tally));
  }
  const affectedSubscriptions = [...subscriptions.values()].filter(({ oldestAt }) => oldestAt !== undefined).length;
  return { ...total, affectedSubscriptions, bySubscription: Object.fromEntries(subscriptions) };
}

function plus(counts: DeadLetterCounts, { state, count, oldestAt }: DeadLetterTally): DeadLetterCounts {
  const added = { ...counts, [state]: counts[state] + count };
  if (oldestAt === undefined || state === 'resolved' || state === 'discarded') return added;
  const isOlder = counts.oldestAt === undefined || oldestAt < counts.oldestAt;
  return isOlder ? { ...added, oldestAt } : added;
}
