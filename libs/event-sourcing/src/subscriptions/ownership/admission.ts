import { ConfigurationError } from '../../core/index.js';
import type { Member, SubscriptionDirectory } from './subscription-directory.js';

/**
 * Enters a process into the directory and gives all that are alive. Throws `ConfigurationError`, and takes it out again,
 * where others divide its subscriptions in another way. The entry goes in before anyone looks, so of two that come at the
 * same time at least one sees the other.
 */
export async function enter(
  directory: SubscriptionDirectory,
  member: Member,
  ttlMs: number,
): Promise<readonly Member[]> {
  const members = await directory.heartbeat(member, ttlMs);
  const others = atOddsWith(member, members);
  if (others.length === 0) return members;
  await directory.leave(member.owner);
  throw new ConfigurationError(others.map((other) => problemOf(member, other)));
}

function problemOf(member: Member, other: Member): string {
  const shared = other.subscriptions.filter((name) => member.subscriptions.includes(name));
  return (
    `this process ${divisionOf(member)}, and process '${other.owner}', which runs ${namesOf(shared)} too, ` +
    `${divisionOf(other)}. All must divide partitions in the same way, so that none is left out: stop all processes of ` +
    `the old way first, then start those of the new one. A rolling change is not possible; a restart of all loses nothing, ` +
    `because checkpoints belong to partitions and not to processes. One that died counts until its 'leaseTtlMs' is over.`
  );
}

/** Names in quotes, with commas. */
export function namesOf(names: readonly string[]): string {
  return names.map((name) => `'${name}'`).join(', ');
}

/**
 * The living processes that divide a subscription of this one in another way: with another total, or by themselves where
 * this one is numbered, or the other way round. One with the same number is none of them: that is this process as it was
 * before it died, or its stand-by, and the lease decides between them.
 */
export function atOddsWith(me: Member, members: readonly Member[]): readonly Member[] {
  return members.filter(
    (other) =>
      other.owner !== me.owner &&
      other.assignment?.total !== me.assignment?.total &&
      other.subscriptions.some((name) => me.subscriptions.includes(name)),
  );
}

/** How a process divides, in words. */
export function divisionOf({ assignment }: Pick<Member, 'assignment'>): string {
  return assignment === undefined ? 'divides automatically' : `is number ${assignment.index} of ${assignment.total}`;
}
