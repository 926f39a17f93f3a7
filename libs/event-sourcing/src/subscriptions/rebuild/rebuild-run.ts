import { setTimeout as delay } from 'node:timers/promises';
import { InvalidArgumentError } from '../../core/index.js';
import type { EngineParts } from '../engine-parts.js';
import { SubscriptionHaltedError } from '../errors.js';
import { refuseHalted } from '../waiting/head-run.js';
import type { SubscriptionDefinition } from '../subscription-definition.js';
import type { SubscriptionEngine } from '../subscription-engine.js';
import { rebuildProgress, type RebuildProgress } from './rebuild-progress.js';

/** What `SubscriptionManager.rebuild` takes. */
export interface RebuildOptions {
  /** Has a subscriber do its side effects again, all of them, from where `startFrom` says. @default false */
  readonly replaySideEffects?: boolean;
  /** Called with each change of the progress that is seen, a few times a second at the most. */
  readonly onProgress?: (progress: RebuildProgress) => void;
  /** Ends the waiting; the rebuild goes on. */
  readonly signal?: AbortSignal;
}

/** How often to look how far it has come, in milliseconds. */
const LOOK_INTERVAL_MS = 200;

/** Asks for a rebuild and follows it to its end. */
export class RebuildRun {
  constructor(
    private readonly definition: SubscriptionDefinition,
    private readonly engine: SubscriptionEngine,
    private readonly parts: EngineParts,
  ) {}

  async toTheEnd({ replaySideEffects = false, onProgress, signal }: RebuildOptions): Promise<RebuildProgress> {
    this.refuseUnfit(replaySideEffects);
    signal?.throwIfAborted();
    await this.refuseElsewhere();
    await this.parts.directory.requestRebuild(this.definition.name);
    let shown: bigint | undefined;
    for (;;) {
      const progress = await this.look();
      if (progress.total !== undefined && progress.done !== shown) onProgress?.(progress);
      shown = progress.total === undefined ? undefined : progress.done;
      if (progress.phase === 'finished') return progress;
      if (progress.phase === 'running') await refuseHalted(this.definition, this.engine, this.parts);
      await delay(LOOK_INTERVAL_MS, undefined, signal && { signal });
    }
  }

  private async look(): Promise<RebuildProgress> {
    const { name } = this.definition;
    const { directory, checkpoints } = this.parts;
    const control = (await directory.controls()).get(name);
    this.engine.refuseClosed();
    // Takes it on from here as well, so that a failure comes to whoever asked.
    if (control !== undefined) await this.engine.rebuilder.tend(this.definition, control);
    const record = (await directory.controls()).get(name)?.rebuild;
    if (record === undefined) throw new InvalidArgumentError('subscription', `'${name}' has never been started.`);
    return rebuildProgress(record, await checkpoints.list(name), new Date());
  }

  private async refuseElsewhere(): Promise<void> {
    const { name, version } = this.definition;
    const control = (await this.parts.directory.controls()).get(name);
    // One that has failed is no reason: what it fails on may be what the rebuild is for.
    if (control?.pausedReason !== undefined) throw new SubscriptionHaltedError(name, 'paused', control.pausedReason);
    if (control === undefined || control.version <= version) return;
    throw new InvalidArgumentError(
      'subscription',
      `'${name}' has version ${control.version} by now, and this process brings version ${version}. Ask a process of the newer one.`,
    );
  }

  private refuseUnfit(replaySideEffects: boolean): void {
    const { name, kind, reset } = this.definition;
    if (kind === 'subscriber' && !replaySideEffects) {
      throw new InvalidArgumentError(
        'subscription',
        `'${name}' has side effects, which would all happen again. If that is what you want, set replaySideEffects.`,
      );
    }
    if (kind === 'projection' && reset === undefined) {
      throw new InvalidArgumentError(
        'subscription',
        `'${name}' has no reset(manager) method. Give it one that empties its read model, in the transaction of the manager.`,
      );
    }
  }
}
