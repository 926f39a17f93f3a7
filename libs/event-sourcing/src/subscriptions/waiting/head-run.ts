import type { EngineParts } from '../engine-parts.js';
import { StartPositionError, SubscriptionHaltedError, WaitTimeoutError } from '../errors.js';
import { PositionWait } from './position-wait.js';
import type { SubscriptionDefinition } from '../subscription-definition.js';
import type { SubscriptionEngine } from '../subscription-engine.js';

/** What `SubscriptionManager.runToHead` runs, and for how long. */
export interface RunToHeadOptions {
  /** Names of those that must come to the head. @default all that this process runs */
  readonly subscriptions?: readonly string[];
  /** In milliseconds. @default as long as it takes */
  readonly timeoutMs?: number;
}

/** How often to look whether a subscription stands still, in milliseconds. */
const LOOK_INTERVAL_MS = 250;

/** Throws `SubscriptionHaltedError` where a subscription will not go on by itself, `ShuttingDownError` where the app is ending. */
export async function refuseHalted(
  { name }: SubscriptionDefinition,
  engine: SubscriptionEngine,
  { directory }: Pick<EngineParts, 'directory'>,
): Promise<void> {
  engine.refuseClosed();
  const pausedReason = (await directory.controls()).get(name)?.pausedReason;
  if (pausedReason !== undefined) throw new SubscriptionHaltedError(name, 'paused', pausedReason);
  const statuses = engine.runnersOf(name).map((runner) => runner.status());
  const failed = statuses.find(({ state }) => state === 'failed');
  if (failed !== undefined) throw new SubscriptionHaltedError(name, 'failed', failed.lastError ?? 'no error is known');
}

/** Runs subscriptions up to where the feed ends when the run begins. */
export class HeadRun {
  constructor(
    private readonly definitions: readonly SubscriptionDefinition[],
    private readonly engine: SubscriptionEngine,
    private readonly parts: EngineParts,
  ) {}

  async run({ timeoutMs = Infinity }: RunToHeadOptions): Promise<void> {
    const wasRunning = this.engine.running;
    await this.engine.start();
    try {
      // What an open transaction holds back counts too, so the head and not the horizon.
      const { head } = await this.parts.storage.horizon();
      const deadline = performance.now() + timeoutMs;
      await Promise.all(this.definitions.map((definition) => this.wait(definition, head, deadline, timeoutMs)));
    } finally {
      if (!wasRunning) await this.engine.stop();
    }
  }

  private async wait(
    definition: SubscriptionDefinition,
    head: bigint,
    deadline: number,
    timeoutMs: number,
  ): Promise<void> {
    const { name } = definition;
    const wait = new PositionWait(definition, this.engine.runnersOf(name), this.parts.checkpoints);
    while (!(await wait.until(head, Math.min(LOOK_INTERVAL_MS, deadline - performance.now())))) {
      await refuseHalted(definition, this.engine, this.parts);
      if (performance.now() >= deadline) throw new WaitTimeoutError(name, head, await wait.reached(), timeoutMs);
    }
    await this.refuseAhead(name);
  }

  /** A checkpoint that is ahead of the feed is at the head as well, and handles nothing. */
  private async refuseAhead(name: string): Promise<void> {
    const checkpoints = await this.parts.checkpoints.list(name);
    const { head } = await this.parts.storage.horizon();
    const ahead = checkpoints.find(({ position }) => position > head);
    if (ahead === undefined) return;
    const { message } = new StartPositionError(name, ahead.partition, 'ahead', ahead.position, head);
    throw new SubscriptionHaltedError(name, 'failed', message);
  }
}
