import { createHash } from 'node:crypto';

/** How the partitions of a subscription stand, and among whom they are to be divided. */
export interface Division {
  readonly subscription: string;
  /** The living processes that run the subscription. */
  readonly members: readonly string[];
  /** Owner of each partition now; `undefined` where it is free. */
  readonly owners: readonly (string | undefined)[];
}

/**
 * The partitions that a member should work on: what it has, up to its share, and of the free ones what it lacks. Shares
 * differ by one at the most. Who has more already keeps the odd ones, so that as few as possible move; else they fall by
 * rendezvous hashing (Thaler and Ravishankar, 1998), which spreads the odd ones of many subscriptions. All members come to
 * the same division, so they do not race for a partition.
 */
export function fairShare(me: string, { subscription, members, owners }: Division): ReadonlySet<number> {
  const least = Math.floor(owners.length / members.length);
  const odd = owners.length % members.length;
  const heldBy = (member: string): number[] => owners.flatMap((owner, index) => (owner === member ? [index] : []));
  const ranked = [...members].sort(
    (a, b) =>
      Number(heldBy(b).length > least) - Number(heldBy(a).length > least) ||
      weightOf(subscription, a).localeCompare(weightOf(subscription, b)),
  );
  const free = owners.flatMap((owner, index) => (owner === undefined ? [index] : []));
  for (const [rank, member] of ranked.entries()) {
    const share = least + Number(rank < odd);
    const kept = heldBy(member).slice(0, share);
    const taken = free.splice(0, share - kept.length);
    if (member === me) return new Set([...kept, ...taken]);
  }
  return new Set();
}

function weightOf(subscription: string, member: string): string {
  return createHash('sha256').update(`${subscription}\n${member}`).digest('hex');
}
