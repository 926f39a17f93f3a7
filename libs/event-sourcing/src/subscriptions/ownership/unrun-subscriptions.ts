import type { DeadLetterStore } from '../../dead-letter-queue/index.js';
import type { Member, SubscriptionDirectory } from './subscription-directory.js';

/** What {@link warningOfUnrun} looks at. */
export interface UnrunParts {
  readonly directory: SubscriptionDirectory;
  readonly deadLetters: DeadLetterStore;
  /** Names of all subscriptions in this app's code. */
  readonly known: readonly string[];
  /** The living processes. */
  readonly members: readonly Member[];
}

/** Tells of recorded subscriptions that were removed or renamed: nobody's code runs them. `undefined` where there are none. */
export async function warningOfUnrun({
  directory,
  deadLetters,
  known,
  members,
}: UnrunParts): Promise<string | undefined> {
  const run = new Set([...known, ...members.flatMap(({ subscriptions }) => subscriptions)]);
  const unrun = [...(await directory.controls()).keys()].sort().filter((name) => !run.has(name));
  if (unrun.length === 0) return undefined;
  const { bySubscription } = await deadLetters.stats();
  const told = unrun.map((name) => {
    const counts = bySubscription[name];
    const open = counts === undefined ? 0 : counts.parked + counts.redriving;
    return open === 0 ? `'${name}'` : `'${name}' (open dead letters: ${open})`;
  });
  return (
    `Subscriptions that are recorded, that this app does not have and that no living process runs: ${told.join(', ')}. ` +
    `If one was removed: its checkpoint and dead letters stay, and nothing handles them. If it was renamed: it begins ` +
    `anew under its new name. If it belongs to another app: start that`
  );
}
