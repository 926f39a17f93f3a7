import type { CircuitBreakerState } from './failure/circuit.js';
import type { PartitionState } from './partition-state.js';
import type { SubscriptionEngine } from './subscription-engine.js';
import type { SubscriptionRegistry } from './subscription-registry.js';
import { worstOf } from './subscription-status.js';

/** How a subscription stands in this process. */
export interface SubscriptionHere {
  readonly name: string;
  /** Of its worst partition here; `stopped` where this process runs none. */
  readonly state: PartitionState;
  readonly circuit: CircuitBreakerState;
  /** Into how many it is divided. */
  readonly partitions: number;
  /** How many of its partitions this process owns. */
  readonly partitionsOwned: number;
  /** Events taken from the feed whose checkpoint has not moved yet. */
  readonly inFlight: number;
}

/** What this process knows of its subscriptions by itself, also while the database is away. */
export class SubscriptionsHere {
  constructor(
    private readonly registry: SubscriptionRegistry,
    private readonly engine: SubscriptionEngine,
  ) {}

  /** Every subscription of the app. */
  list(): readonly SubscriptionHere[] {
    return this.registry.list().map(({ name, partitions }) => {
      const local = this.engine.runnersOf(name).map((runner) => runner.status());
      const partitionsOwned = local.filter(({ position }) => position !== undefined).length;
      return {
        name,
        partitions,
        ...worstOf(local),
        partitionsOwned,
        inFlight: this.engine.budgets.get(name)?.taken ?? 0,
      };
    });
  }
}
