import type { LeaseStatus, LeaseStore } from '../database/index.js';
import type { EventStorage } from '../event-store/index.js';
import type { Checkpoint, CheckpointStore } from './checkpoint-store.js';
import type { CircuitBreakerState } from './failure/circuit.js';
import type { SubscriptionControl, SubscriptionDirectory } from './ownership/subscription-directory.js';
import type { PartitionState, RunnerStatus } from './partition-state.js';
import { rebuildProgress, type RebuildProgress } from './rebuild/rebuild-progress.js';
import type { SubscriptionDefinition } from './subscription-definition.js';

/** How a subscription stands, as seen from this process. */
export interface SubscriptionStatus {
  readonly name: string;
  readonly kind: SubscriptionDefinition['kind'];
  readonly version: number;
  /** Of its worst partition here; `stopped` where this process runs none. */
  readonly state: PartitionState;
  /** Position up to which everything is handled, by the checkpoints; `undefined` where it has never started. */
  readonly position: bigint | undefined;
  /** Head of the feed. */
  readonly head: bigint;
  /** Events handled since it first started or was last rebuilt, by all processes. */
  readonly handled: bigint;
  /** Why it is paused; `undefined` where it is not. */
  readonly pausedReason: string | undefined;
  /** Of its worst partition here: `open` takes nothing from the feed for a while. */
  readonly circuit: CircuitBreakerState;
  /** How its last rebuild stands; `undefined` where there never was one. */
  readonly rebuild: RebuildProgress | undefined;
  /** Message of the last failure in this process. */
  readonly lastError: string | undefined;
  readonly partitions: readonly PartitionStatus[];
}

/** How one partition stands. */
export interface PartitionStatus {
  readonly partition: number;
  readonly owner: string | undefined;
  readonly epoch: bigint;
  readonly position: bigint | undefined;
}

const STATES_BY_URGENCY: readonly PartitionState[] = [
  'failed',
  'retrying',
  'starting',
  'catching_up',
  'live',
  'paused',
  'standby',
  'stopped',
];

const CIRCUITS_BY_URGENCY: readonly CircuitBreakerState[] = ['open', 'half_open', 'closed'];

/** What there is to say of all subscriptions at one moment. */
export interface StatusFacts {
  readonly head: bigint;
  readonly leases: readonly LeaseStatus[];
  readonly checkpoints: readonly Checkpoint[];
  readonly controls: ReadonlyMap<string, SubscriptionControl>;
}

/** Asks the stores, in one go. */
export async function gatherFacts(stores: {
  readonly storage: EventStorage;
  readonly leases: LeaseStore;
  readonly checkpoints: CheckpointStore;
  readonly directory: SubscriptionDirectory;
}): Promise<StatusFacts> {
  const [{ head }, leases, checkpoints, controls] = await Promise.all([
    stores.storage.horizon(),
    stores.leases.list(),
    stores.checkpoints.list(),
    stores.directory.controls(),
  ]);
  return { head, leases, checkpoints, controls };
}

/** State and breaker of the worst of these partitions; `stopped` and `closed` where there are none. */
export function worstOf(local: readonly RunnerStatus[]): Pick<SubscriptionStatus, 'state' | 'circuit'> {
  return {
    state: STATES_BY_URGENCY.find((state) => local.some((status) => status.state === state)) ?? 'stopped',
    circuit: CIRCUITS_BY_URGENCY.find((state) => local.some(({ circuit }) => circuit === state)) ?? 'closed',
  };
}

/** Puts together how a subscription stands. @param local how its partitions stand in this process. */
export function subscriptionStatus(
  { name, kind, version, partitions: count }: SubscriptionDefinition,
  { head, leases, checkpoints: all, controls }: StatusFacts,
  local: readonly RunnerStatus[],
): SubscriptionStatus {
  const checkpoints = all.filter(({ subscription }) => subscription === name);
  const partitions = Array.from({ length: count }, (_, partition): PartitionStatus => {
    const lease = leases.find((candidate) => candidate.subscription === name && candidate.partition === partition);
    const position = checkpoints.find((checkpoint) => checkpoint.partition === partition)?.position;
    return { partition, owner: lease?.owner, epoch: lease?.epoch ?? 0n, position };
  });
  const { pausedReason, rebuild } = controls.get(name) ?? {};
  return {
    name,
    kind,
    version,
    ...worstOf(local),
    position: leastPosition(partitions),
    head,
    handled: checkpoints.reduce((sum, { handled }) => sum + handled, 0n),
    pausedReason,
    rebuild: rebuild && rebuildProgress(rebuild, checkpoints, new Date()),
    lastError: local.find(({ lastError }) => lastError !== undefined)?.lastError,
    partitions,
  };
}

function leastPosition(partitions: readonly PartitionStatus[]): bigint | undefined {
  let least: bigint | undefined;
  for (const { position } of partitions) {
    if (position === undefined) return undefined;
    if (least === undefined || position < least) least = position;
  }
  return least;
}
