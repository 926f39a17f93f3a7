import { type Instrumentation, InvalidArgumentError } from '../../core/index.js';
import { DEAD_LETTER_STATE_CHANGED, type DeadLetterStore } from '../../dead-letter-queue/index.js';
import type { LeaseStore } from '../../database/index.js';
import type { EventStorage } from '../../event-store/index.js';
import { ShuttingDownError } from '../../lifecycle/index.js';
import type { CheckpointStore } from '../checkpoint-store.js';
import type { RebuildRecord, SubscriptionControl, SubscriptionDirectory } from '../ownership/subscription-directory.js';
import { filterOf, type SubscriptionDefinition } from '../subscription-definition.js';
import { isAtTarget } from './rebuild-progress.js';

/** Note on the dead letters that a rebuild closes. */
const NOTE = 'closed by a rebuild, which handles the event again';

/** What a {@link Rebuilder} works with. */
export interface RebuilderParts {
  readonly storage: EventStorage;
  readonly leases: LeaseStore;
  readonly checkpoints: CheckpointStore;
  readonly directory: SubscriptionDirectory;
  readonly deadLetters: DeadLetterStore;
  readonly instrumentation: Instrumentation;
  /** Told that the read model of a subscription has been emptied by this process. */
  readonly onBegun: (subscription: string) => void;
}

class BegunElsewhere extends Error {}

/**
 * Carries out the rebuilds that were asked for, whoever asked: the owners are fenced out, and in one transaction the read model
 * is emptied, the checkpoints are put back and open dead letters closed. The owners come back by themselves and begin anew.
 */
export class Rebuilder {
  private readonly tending = new Map<string, Promise<void>>();
  private stopSignal: AbortSignal | undefined;

  constructor(private readonly parts: RebuilderParts) {}

  /**
   * Takes the rebuild of a subscription one step on, where there is one and it is not paused; a step that is under way is not
   * begun twice.
   */
  async tend(definition: SubscriptionDefinition, { rebuild, pausedReason }: SubscriptionControl): Promise<void> {
    if (rebuild === undefined || rebuild.finishedAt !== undefined || pausedReason !== undefined) return;
    const { name } = definition;
    const step = this.tending.get(name) ?? this.step(definition, rebuild);
    this.tending.set(name, step);
    try {
      await step;
    } finally {
      this.tending.delete(name);
    }
  }

  /** Waits for the steps under way; rolls them back where the signal is aborted meanwhile. */
  async settle(signal?: AbortSignal): Promise<void> {
    this.stopSignal = signal;
    try {
      await Promise.allSettled(this.tending.values());
    } finally {
      this.stopSignal = undefined;
    }
  }

  private refuseEnding(): void {
    if (this.stopSignal?.aborted === true) throw new ShuttingDownError('a rebuild was rolled back as it began');
  }

  private async step(definition: SubscriptionDefinition, { startedAt, target, isDue }: RebuildRecord): Promise<void> {
    if (startedAt === undefined || target === undefined) return this.begin(definition, isDue);
    const { name, partitions } = definition;
    const checkpoints = await this.parts.checkpoints.list(name);
    if (isAtTarget(target, partitions, checkpoints)) await this.parts.directory.finishRebuild(name);
  }

  /** Whoever asks by rows alone, as the command line does, does not know whether there is a method `reset`. */
  private async refuseUnresettable({ name, kind, reset }: SubscriptionDefinition): Promise<void> {
    if (kind !== 'projection' || reset !== undefined) return;
    await this.parts.directory.withdrawRebuild(name);
    throw new InvalidArgumentError(
      'subscription',
      `'${name}' has no reset(manager) method, so its read model cannot be emptied; the request was taken back.`,
    );
  }

  private async begin(definition: SubscriptionDefinition, isDue: boolean): Promise<void> {
    const { storage, checkpoints, directory, deadLetters, leases } = this.parts;
    const { name, partitions, startFrom } = definition;
    await this.refuseUnresettable(definition);
    // Asked for by name: all of it, also of one that began at the end or where a checkpoint was.
    const after = typeof startFrom === 'bigint' ? startFrom : 0n;
    // Counting takes long, so before the transaction; what is appended meanwhile is handled, and not in the total.
    const { horizon: target } = await storage.horizon();
    const total = await storage.countFeed({ after, upTo: target, filter: filterOf(definition) });
    this.refuseEnding();
    // From here on nothing that is under way commits, and nobody begins: what the reset finds is all that there will be.
    await checkpoints.fence(name, partitions);
    await leases.revoke(name);
    let discarded = 0;
    try {
      // In memory nothing can be rolled back, so that what may fail comes first.
      if (!checkpoints.transactional) await definition.reset?.(undefined);
      await checkpoints.reset(name, { partitions, position: after }, async (manager) => {
        if (!(await directory.beginRebuild(name, { target, total }, manager))) throw new BegunElsewhere();
        if (checkpoints.transactional) await definition.reset?.(manager);
        discarded = await deadLetters.discardAll(name, NOTE, manager);
        if (checkpoints.transactional) this.refuseEnding();
      });
    } catch (error) {
      if (error instanceof BegunElsewhere) return;
      // Whoever asked is told, and it goes on as it was; a new version waits until its read model can be made.
      if (!isDue && !(error instanceof ShuttingDownError)) {
        await directory.withdrawRebuild(name);
        await checkpoints.unfence(name);
      }
      throw error;
    }
    this.parts.onBegun(name);
    if (discarded === 0) return;
    const about = { subscription: name, deadLetterId: undefined };
    this.parts.instrumentation.emit(DEAD_LETTER_STATE_CHANGED, { ...about, state: 'discarded', count: discarded });
  }
}
