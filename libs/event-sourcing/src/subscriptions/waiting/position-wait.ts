import type { CheckpointStore } from '../checkpoint-store.js';
import type { PartitionRunner } from '../partition-runner.js';
import type { SubscriptionDefinition } from '../subscription-definition.js';

const FIRST_POLL_MS = 10;
const LONGEST_POLL_MS = 250;

/**
 * Waits until all partitions of a subscription have come to a position: told at once by those that run in this process,
 * asking the checkpoints for the others. Resolves with `true`, or `false` when the time is over.
 */
export class PositionWait {
  private readonly subscription: string;
  private readonly partitions: number;

  constructor(
    { name, partitions }: SubscriptionDefinition,
    private readonly runners: readonly PartitionRunner[],
    private readonly checkpoints: CheckpointStore,
  ) {
    this.subscription = name;
    this.partitions = partitions;
  }

  async until(position: bigint, timeoutMs: number): Promise<boolean> {
    const deadline = performance.now() + timeoutMs;
    for (let pollMs = FIRST_POLL_MS; ; pollMs = Math.min(pollMs * 2, LONGEST_POLL_MS)) {
      if (this.reachedHere(position) || ((await this.reached()) ?? -1n) >= position) return true;
      const leftMs = deadline - performance.now();
      if (leftMs <= 0) return false;
      await this.progressOr(Math.min(pollMs, leftMs), position);
    }
  }

  /** The least position of all partitions by their checkpoints; `undefined` where one has never started. */
  async reached(): Promise<bigint | undefined> {
    const checkpoints = await this.checkpoints.list(this.subscription);
    if (checkpoints.length < this.partitions) return undefined;
    return checkpoints.map(({ position }) => position).reduce((least, next) => (next < least ? next : least));
  }

  private reachedHere(position: bigint): boolean {
    if (this.runners.length < this.partitions) return false;
    return this.runners.every((runner) => (runner.status().position ?? -1n) >= position);
  }

  private async progressOr(restMs: number, position: bigint): Promise<void> {
    const unsubscribes: (() => void)[] = [];
    let timer: NodeJS.Timeout | undefined;
    await new Promise<void>((resolve) => {
      timer = setTimeout(resolve, restMs);
      for (const runner of this.runners) {
        unsubscribes.push(runner.onProgress(() => this.reachedHere(position) && resolve()));
      }
    });
    clearTimeout(timer);
    for (const unsubscribe of unsubscribes) unsubscribe();
  }
}
