import type { Overview, SubscriptionStanding } from '../../subscriptions/index.js';
import type { StoreSession } from '../store-session.js';
import type { Terminal } from '../terminal/terminal.js';
import { spanOf } from '../terminal/text.js';

/** How a subscription stands, with its open dead letters. */
export type Standing = SubscriptionStanding & { readonly openDeadLetters: number };

/** Who runs what, and how it stands. */
export type Standings = Omit<Overview, 'subscriptions'> & { readonly subscriptions: readonly Standing[] };

/** How all subscriptions stand now. */
export async function standingsOf({ storage, overview, deadLetters }: StoreSession): Promise<Standings> {
  const looked = await overview.look(await storage.horizon());
  const { bySubscription } = await deadLetters.stats();
  const subscriptions = looked.subscriptions.map((one) => {
    const counts = bySubscription[one.name];
    return { ...one, openDeadLetters: (counts?.parked ?? 0) + (counts?.redriving ?? 0) };
  });
  return { ...looked, subscriptions };
}

/** A line per subscription. */
export function subscriptionTable(terminal: Terminal, standings: readonly Standing[]): void {
  terminal.table(standings, [
    { head: 'SUBSCRIPTION', value: ({ name }) => name, gives: 'middle' },
    { head: 'KIND', value: ({ kind }) => kind },
    { head: 'STATE', value: stateOf },
    { head: 'POSITION', value: ({ position }) => position, align: 'right' },
    { head: 'BEHIND', value: ({ lagEvents }) => lagEvents, align: 'right' },
    {
      head: 'SINCE',
      value: ({ lagEvents, lagSeconds = 0 }) => (lagEvents ? spanOf(lagSeconds) : undefined),
      align: 'right',
    },
    { head: 'OWNED', value: ownedOf, align: 'right' },
    { head: 'DEAD', value: ({ openDeadLetters }) => openDeadLetters, align: 'right' },
  ]);
}

function stateOf({ state, rebuild }: Standing): string {
  if (state !== 'rebuilding' || rebuild?.total === undefined || rebuild.total === 0n) return state.replaceAll('_', ' ');
  return `rebuilding ${(rebuild.done * 100n) / rebuild.total}%`;
}

function ownedOf({ partitions }: Standing): string {
  return `${partitions.filter(({ owner }) => owner !== undefined).length}/${partitions.length}`;
}
