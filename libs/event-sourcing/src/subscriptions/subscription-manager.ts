import { Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { InvalidArgumentError } from '../core/index.js';
import { type Drainable, ShuttingDownError } from '../lifecycle/index.js';
import { EngineDrain } from './engine-drain.js';
import { EngineLoops } from './engine-loops.js';
import type { EngineParts } from './engine-parts.js';
import { WaitTimeoutError } from './errors.js';
import { ErrorReporting } from './failure/error-reporting.js';
import { HeadRun, type RunToHeadOptions } from './waiting/head-run.js';
import { PositionWait } from './waiting/position-wait.js';
import type { RebuildProgress } from './rebuild/rebuild-progress.js';
import { RebuildRun, type RebuildOptions } from './rebuild/rebuild-run.js';
import type { SubscriptionDefinition } from './subscription-definition.js';
import { SubscriptionEngine } from './subscription-engine.js';
import type { SubscriptionRegistry } from './subscription-registry.js';
import { gatherFacts, type SubscriptionStatus, subscriptionStatus } from './subscription-status.js';
import { SubscriptionsHere } from './subscriptions-here.js';

/** What {@link SubscriptionManager.waitFor} waits for, and for how long. */
export interface WaitForOptions {
  readonly subscription: string;
  /** In milliseconds. @default 5000 */
  readonly timeoutMs?: number;
}

/** Runs the subscriptions of this process from bootstrap to shutdown, steers those of all processes, and tells how they stand. */
@Injectable()
export class SubscriptionManager extends ErrorReporting implements OnApplicationBootstrap, OnApplicationShutdown {
  /** How the subscriptions stand in this process; asks nobody. */
  readonly here: SubscriptionsHere;
  /** Brings all of it to its end, for good. */
  readonly drainable: Drainable;
  /** The loops that run in this process. */
  readonly loops: EngineLoops;
  private readonly engine: SubscriptionEngine;

  constructor(
    private readonly registry: SubscriptionRegistry,
    private readonly parts: EngineParts,
  ) {
    super({ instrumentation: parts.instrumentation, names: () => registry.list().map(({ name }) => name) });
    this.engine = new SubscriptionEngine(registry, parts);
    this.here = new SubscriptionsHere(registry, this.engine);
    this.drainable = new EngineDrain(this.engine);
    this.loops = new EngineLoops(this.engine);
  }

  async onApplicationBootstrap(): Promise<void> {
    if (!this.parts.options.workers) return;
    try {
      await this.start();
    } catch (error) {
      // Told to end while it starts: then there is nothing to run, and nothing wrong.
      if (!(error instanceof ShuttingDownError)) throw error;
    }
  }

  /** What is drained before is still told of. */
  onApplicationShutdown(): void {
    this.endReporting();
  }

  /**
   * Starts this process' share of its subscriptions; what runs goes on, and what has failed tries again. Throws
   * `ConfigurationError` where a subscription has another number of partitions than it had when it first ran, or a higher
   * version and no way to be rebuilt, where `only` names one that is unknown, and where a living process divides the
   * partitions in another way; `ShuttingDownError` where the app is ending.
   */
  async start(): Promise<void> {
    await this.engine.start();
  }

  /** Lets what is in flight finish, bounded by `drainTimeoutMs`; then no handler runs and nothing is written. */
  async stop(): Promise<void> {
    await this.engine.stop();
  }

  /**
   * Pauses a subscription in all processes, until it is resumed; restarts do not matter. What is under way finishes first.
   * Other processes notice within a second.
   */
  async pause(subscription: string, reason: string): Promise<void> {
    const definition = this.definitionOf(subscription);
    if (reason.trim() === '')
      throw new InvalidArgumentError('reason', 'Say why it is paused; whoever finds it will ask.');
    await this.engine.note(definition);
    await this.parts.directory.setPaused(subscription, reason);
    this.engine.wake();
  }

  /** Lets a paused subscription go on from its checkpoint, in all processes. */
  async resume(subscription: string): Promise<void> {
    this.definitionOf(subscription);
    await this.parts.directory.setPaused(subscription, undefined);
    this.engine.wake();
  }

  /**
   * Empties the read model of a projection, by its `reset` method, and has all events handled again, whichever processes run
   * it; resolves when it has come to where the feed ended. It goes on where this process or the waiting ends. Throws
   * `InvalidArgumentError` for what cannot be rebuilt, and `SubscriptionHaltedError` where it stands still.
   */
  async rebuild(subscription: string, options: RebuildOptions = {}): Promise<RebuildProgress> {
    const run = new RebuildRun(this.definitionOf(subscription), this.engine, this.parts);
    return run.toTheEnd(options);
  }

  /**
   * Runs subscriptions up to where the feed ends now, then stops them where they did not run before; for jobs and tests.
   * Throws `SubscriptionHaltedError` where one stands still, and `WaitTimeoutError`.
   */
  async runToHead(options: RunToHeadOptions = {}): Promise<void> {
    const names = options.subscriptions ?? this.registry.select(this.parts.options.only).map(({ name }) => name);
    const definitions = names.map((name) => this.definitionOf(name));
    await new HeadRun(definitions, this.engine, this.parts).run(options);
  }

  /** How every subscription of the app stands. */
  async status(): Promise<readonly SubscriptionStatus[]> {
    const facts = await gatherFacts(this.parts);
    return this.registry.list().map((definition) => {
      const local = this.engine.runnersOf(definition.name).map((runner) => runner.status());
      return subscriptionStatus(definition, facts, local);
    });
  }

  /**
   * Resolves when a subscription has handled everything up to `position`, whichever process does it; what an append
   * returned as its position can then be read. Throws `WaitTimeoutError`.
   */
  async waitFor(position: bigint, { subscription, timeoutMs = 5_000 }: WaitForOptions): Promise<void> {
    const definition = this.definitionOf(subscription);
    const wait = new PositionWait(definition, this.engine.runnersOf(subscription), this.parts.checkpoints);
    if (await wait.until(position, timeoutMs)) return;
    throw new WaitTimeoutError(subscription, position, await wait.reached(), timeoutMs);
  }

  private definitionOf(subscription: string): SubscriptionDefinition {
    const definition = this.registry.get(subscription);
    if (definition !== undefined) return definition;
    const known = this.registry.list().map(({ name }) => `'${name}'`);
    throw new InvalidArgumentError(
      'subscription',
      `There is no subscription '${subscription}'; known are ${known.join(', ') || 'none'}.`,
    );
  }
}
