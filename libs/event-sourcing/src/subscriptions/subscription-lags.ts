import type { EventStorage, FeedHorizon } from '../event-store/index.js';
import type { CheckpointStore } from './checkpoint-store.js';
import { filterOf, type SubscriptionDefinition } from './subscription-definition.js';
import type { SubscriptionRegistry } from './subscription-registry.js';

/** Events of the feed that are looked at to tell a lag; what lags further is estimated. */
const LOOK_LIMIT = 10_000;

/** How far a subscription is behind, over all processes. */
export interface SubscriptionLag {
  readonly name: string;
  /** Position up to which everything is handled; `undefined` where a partition has never started. */
  readonly position: bigint | undefined;
  /**
   * Events that it has yet to handle. Where more than 10,000 of any kind lie between its slowest partition and the head, the
   * number of positions in between, which is no less.
   */
  readonly events: number;
  /** Age of the oldest of them, in seconds by the store's clock; 0 where there is none. */
  readonly seconds: number;
}

/** Measures how far subscriptions are behind, by their checkpoints; those that are at the head cost nothing. */
export class SubscriptionLags {
  constructor(
    private readonly registry: SubscriptionRegistry,
    private readonly storage: EventStorage,
    private readonly checkpoints: CheckpointStore,
  ) {}

  /** One after the other, so that it takes one connection at a time. */
  async measure({ head, horizon }: FeedHorizon): Promise<readonly SubscriptionLag[]> {
    const checkpoints = await this.checkpoints.list();
    const lags: SubscriptionLag[] = [];
    for (const definition of this.registry.list()) {
      const found = checkpoints.filter(({ subscription }) => subscription === definition.name);
      const positions = Array.from(
        { length: definition.partitions },
        (_, partition) => found.find((checkpoint) => checkpoint.partition === partition)?.position,
      );
      const position = positions.includes(undefined) ? undefined : least(positions as bigint[]);
      const after = positions.map((one) => one ?? beginningOf(definition, horizon));
      lags.push({ name: definition.name, position, ...(await this.behind(definition, after, head)) });
    }
    return lags;
  }

  private async behind(
    definition: SubscriptionDefinition,
    after: readonly bigint[],
    head: bigint,
  ): Promise<Pick<SubscriptionLag, 'events' | 'seconds'>> {
    const slowest = least(after);
    if (slowest >= head) return { events: 0, seconds: 0 };
    const query = { after: after as [bigint, ...bigint[]], filter: filterOf(definition), limit: LOOK_LIMIT };
    const { count, ageSeconds: seconds, isCut } = await this.storage.backlog(query);
    return { events: isCut ? Number(head - slowest) : count, seconds };
  }
}

// Of one that begins at the end, or at a checkpoint that is not there, nothing waits.
function beginningOf({ startFrom }: SubscriptionDefinition, horizon: bigint): bigint {
  if (startFrom === 'beginning') return 0n;
  return typeof startFrom === 'bigint' ? startFrom : horizon;
}

function least(positions: readonly bigint[]): bigint {
  return positions.reduce((a, b) => (a < b ? a : b));
}
