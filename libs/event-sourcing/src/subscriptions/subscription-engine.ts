import { ConfigurationError } from '../core/index.js';
import { ShuttingDownError } from '../lifecycle/index.js';
import { FactLog } from '../logging/index.js';
import type { EngineParts } from './engine-parts.js';
import { FeedTail } from './feed/feed-tail.js';
import { InFlightBudget } from './feed/in-flight-budget.js';
import { Coordinator } from './ownership/coordinator.js';
import { LeaseHeartbeat } from './ownership/lease-heartbeat.js';
import type { Member, NotedSubscription, SubscriptionControl } from './ownership/subscription-directory.js';
import { warningOfUnrun } from './ownership/unrun-subscriptions.js';
import { PartitionRunner } from './partition-runner.js';
import { Rebuilder } from './rebuild/rebuilder.js';
import type { SubscriptionDefinition } from './subscription-definition.js';
import type { SubscriptionRegistry } from './subscription-registry.js';
import {
  OWNERSHIP_PROBLEM,
  PARTITION_NOT_GIVEN_BACK,
  PARTITIONS_UNDIVIDED,
  REBUILD_STALLED,
  SUBSCRIPTION_OUTDATED,
} from './subscriptions.facts.js';

/** What runs in this process: a runner for each partition, and who tells them which are theirs. */
export class SubscriptionEngine {
  readonly rebuilder: Rebuilder;
  private readonly log = new FactLog();
  private readonly runners = new Map<string, readonly PartitionRunner[]>();
  /** What each subscription has taken from the feed in this process and not yet put behind a checkpoint. */
  readonly budgets = new Map<string, InFlightBudget>();
  private readonly coordinator: Coordinator;
  private readonly heartbeat: LeaseHeartbeat;
  /** When the last rebuild of each subscription began, as far as this process has seen. */
  private readonly resets = new Map<string, number | undefined>();
  private tail: FeedTail | undefined;
  private isRunning = false;
  private isClosed = false;
  private readonly starts = new Set<Promise<void>>();
  private closed: Promise<void> | undefined;

  constructor(
    private readonly registry: SubscriptionRegistry,
    private readonly parts: EngineParts,
  ) {
    this.rebuilder = new Rebuilder({ ...parts, onBegun: (name) => this.retry(name) });
    this.heartbeat = new LeaseHeartbeat(parts.leases, parts.options.leaseTtlMs);
    this.coordinator = new Coordinator({
      ...parts,
      ttlMs: parts.options.leaseTtlMs,
      assignment: parts.options.assignment,
      runners: this.runners,
      versionOf: (subscription) => registry.get(subscription)?.version ?? 0,
      onControls: (controls) => this.tendRebuilds(controls),
      onWarning: (problem) => this.log.write(OWNERSHIP_PROBLEM, { problem }),
      onError: (error) => this.log.write(PARTITIONS_UNDIVIDED, { error }),
    });
  }

  get running(): boolean {
    return this.isRunning;
  }

  /** The runners of a subscription in this process; none before the first start. */
  runnersOf(subscription: string): readonly PartitionRunner[] {
    return this.runners.get(subscription) ?? [];
  }

  /** All runners of this process. */
  allRunners(): readonly PartitionRunner[] {
    return [...this.runners.values()].flat();
  }

  /** For how long each loop of this process owes a sign of life, in milliseconds; 0 where it does not run. */
  loops(): readonly { readonly name: string; readonly silentMs: number }[] {
    const own = [...this.runners].flatMap(([name, runners]) =>
      runners.map((runner, partition) => ({ name: `${name}/${partition}`, silentMs: runner.silentMs() })),
    );
    return own.length === 0 ? own : [{ name: 'coordinator', silentMs: this.coordinator.silentMs() }, ...own];
  }

  /** Throws `ShuttingDownError` where the app is ending. */
  refuseClosed(): void {
    if (this.isClosed) throw new ShuttingDownError('subscriptions are not run any more');
  }

  /**
   * Starts this process' share of the subscriptions that it runs; what runs goes on, and what has failed tries again. Throws
   * `ShuttingDownError` where the app is ending, or begins to meanwhile.
   */
  async start(): Promise<void> {
    this.refuseClosed();
    const start = this.startAll();
    this.starts.add(start);
    try {
      await start;
    } finally {
      this.starts.delete(start);
    }
  }

  private async startAll(): Promise<void> {
    const definitions = this.registry.select(this.parts.options.only);
    await this.register(definitions);
    this.tail ??= this.createTail(definitions);
    for (const definition of definitions) {
      if (this.runners.has(definition.name)) continue;
      this.runners.set(definition.name, this.createRunners(definition, this.tail));
    }
    if (!this.coordinator.running) await this.warnOfUnrun(await this.coordinator.enter());
    // From here to the start there is no waiting, so that none can follow upon the end.
    if (this.isClosed) await this.coordinator.leave();
    this.refuseClosed();
    for (const runner of this.allRunners()) runner.retry();
    this.isRunning = true;
    this.coordinator.start();
  }

  /** Stops; then no handler runs and nothing is written. */
  async stop(): Promise<void> {
    this.isRunning = false;
    // First who might start one of them again, and in the same breath all of them: no further batch is begun.
    const coordinator = this.coordinator.stop();
    await this.allEnded([coordinator, ...this.allRunners().map((runner) => runner.stop())]);
    await this.rebuilder.settle();
    await this.tail?.stop();
  }

  /** Begins nothing any more, from this call on and for good. */
  close(): void {
    this.isClosed = true;
    this.isRunning = false;
    const { signal } = new AbortController();
    this.closed ??= this.allEnded([this.coordinator.stop(), ...this.allRunners().map((runner) => runner.halt(signal))]);
  }

  /** Resolves when what is under way has ended, which the signal aborts; what this process owns it still owns then. */
  async halt(signal: AbortSignal): Promise<void> {
    // Who starts is told by its own error that it came too late.
    await Promise.allSettled(this.starts);
    await this.allEnded([this.coordinator.stop(), ...this.allRunners().map((runner) => runner.halt(signal))]);
    await this.closed;
    await this.rebuilder.settle(signal);
  }

  private async allEnded(ends: readonly Promise<void>[]): Promise<void> {
    for (const end of await Promise.allSettled(ends)) {
      if (end.status === 'rejected') this.log.write(PARTITION_NOT_GIVEN_BACK, { error: end.reason });
    }
  }

  /** Looks at once at what holds for the subscriptions. */
  wake(): void {
    this.coordinator.wake();
  }

  /** Notes a subscription that has never run anywhere, so that something can be said of it. */
  async note(definition: SubscriptionDefinition): Promise<void> {
    const { directory } = this.parts;
    if (!(await directory.controls()).has(definition.name)) await directory.register(notedAs(definition));
  }

  private async register(definitions: readonly SubscriptionDefinition[]): Promise<void> {
    const problems: string[] = [];
    for (const definition of definitions) {
      const { name, version, partitions } = definition;
      const noted = await this.parts.directory.register(notedAs(definition));
      if (noted.version > version) {
        this.log.write(SUBSCRIPTION_OUTDATED, { subscription: name, version, recordedVersion: noted.version });
      } else if (noted.version < version) {
        problems.push(
          `subscription '${name}' was raised from version ${noted.version} to ${version}, and that asks for a rebuild: give it a ` +
            `method reset(manager) that empties its read model, or keep the version.`,
        );
      } else if (noted.partitions !== partitions) {
        problems.push(
          `subscription '${name}' has ${partitions} partitions and first ran with ${noted.partitions}. Its checkpoints speak of ` +
            `the streams of ${noted.partitions} partitions; raise its version, which rebuilds a projection, or give it a new name.`,
        );
      }
    }
    if (problems.length > 0) throw new ConfigurationError(problems);
  }

  private async warnOfUnrun(members: readonly Member[]): Promise<void> {
    const known = this.registry.list().map(({ name }) => name);
    const problem = await warningOfUnrun({ ...this.parts, known, members });
    if (problem !== undefined) this.log.write(OWNERSHIP_PROBLEM, { problem });
  }

  private createTail(definitions: readonly SubscriptionDefinition[]): FeedTail {
    const { storage, wakeUps, options } = this.parts;
    const types = [...new Set(definitions.flatMap((definition) => definition.types))];
    return new FeedTail({ ...options, storage, wakeUps, types, windowSize: options.maxInFlight });
  }

  private createRunners(definition: SubscriptionDefinition, tail: FeedTail): readonly PartitionRunner[] {
    const options = { ...this.parts.options, ...definition.tuning };
    const budget = new InFlightBudget(options.maxInFlight);
    this.budgets.set(definition.name, budget);
    const shared = { ...this.parts, options, tail, budget, heartbeat: this.heartbeat };
    return Array.from(
      { length: definition.partitions },
      (_, partition) => new PartitionRunner(definition, partition, shared),
    );
  }

  private tendRebuilds(controls: ReadonlyMap<string, SubscriptionControl>): void {
    for (const definition of this.registry.list()) {
      const control = controls.get(definition.name);
      if (!this.runners.has(definition.name) || control === undefined || control.version > definition.version) continue;
      this.retryAfterReset(definition.name, control.rebuild?.startedAt);
      this.rebuilder
        .tend(definition, control)
        .catch((error: unknown) => this.log.write(REBUILD_STALLED, { subscription: definition.name, error }));
    }
  }

  private retryAfterReset(name: string, startedAt: Date | undefined): void {
    const isNew = this.resets.has(name) && startedAt !== undefined && this.resets.get(name) !== startedAt.getTime();
    this.resets.set(name, startedAt?.getTime());
    if (isNew) this.retry(name);
  }

  /** What its partitions have failed on is gone with the read model. */
  private retry(subscription: string): void {
    for (const runner of this.runnersOf(subscription)) runner.retry();
  }
}

function notedAs({ name, kind, version, partitions, reset }: SubscriptionDefinition): NotedSubscription {
  return { name, kind, version, partitions, resettable: kind === 'projection' && reset !== undefined };
}
