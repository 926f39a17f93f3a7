import { Runner } from '../../core/index.js';
import type { LeaseStore } from '../../database/index.js';
import type { PartitionRunner } from '../partition-runner.js';
import { atOddsWith, divisionOf, enter } from './admission.js';
import { type Assignment, staticShare } from './assignment.js';
import { CoverageWatch } from './coverage-watch.js';
import { fairShare } from './fair-share.js';
import type { Member, SubscriptionControl, SubscriptionDirectory } from './subscription-directory.js';

/** Longest rest between two looks at who is alive, in milliseconds. */
const LONGEST_REST_MS = 1_000;

/** What a {@link Coordinator} works with. */
export interface CoordinatorParts {
  /** Names this process among all that share the database. */
  readonly owner: string;
  readonly ttlMs: number;
  readonly directory: SubscriptionDirectory;
  readonly leases: LeaseStore;
  /** By name of the subscription, a runner for each partition. */
  readonly runners: ReadonlyMap<string, readonly PartitionRunner[]>;
  /** Version of a subscription in this process; where a higher one has been noted, this process leaves it alone. */
  readonly versionOf: (subscription: string) => number;
  /** Told of what holds for the subscriptions at every look; not waited for. */
  readonly onControls: (controls: ReadonlyMap<string, SubscriptionControl>) => void;
  readonly assignment: Assignment;
  /** Told of partitions that nobody works on, and of processes that divide in another way. */
  readonly onWarning: (line: string) => void;
  readonly onError: (error: unknown) => void;
}

/**
 * Has this process work on its fair share of the partitions, on a timer of its own: says that it is alive, looks who else
 * is, starts what falls to it and gives away what does not. The leases decide in the end; this only says who should ask.
 */
export class Coordinator {
  private readonly runner: Runner;
  private readonly coverage: CoverageWatch;
  private atOdds = '';
  /** Subscriptions that a newer version has taken over: nobody is to count on this process for them. */
  private outdated: ReadonlySet<string> = new Set();
  private unsubscribe: (() => void) | undefined;
  private ending: Promise<void> | undefined;

  constructor(private readonly parts: CoordinatorParts) {
    const restMs = Math.min(LONGEST_REST_MS, Math.ceil(parts.ttlMs / 3));
    // Twice the time after which one that died is no member any more, so that its successor is there again.
    this.coverage = new CoverageWatch(2 * parts.ttlMs);
    this.runner = new Runner({
      name: 'coordinator',
      turn: async (signal) => {
        const startedAt = performance.now();
        await this.divide(signal);
        return Math.max(0, restMs - (performance.now() - startedAt));
      },
      onError: (error) => {
        parts.onError(error);
        return restMs;
      },
    });
  }

  get running(): boolean {
    return this.runner.running;
  }

  /** For how long its loop owes a sign of life, in milliseconds. */
  silentMs(): number {
    return this.runner.silentMs();
  }

  /** Says that this process is there, and gives all that are. Throws `ConfigurationError` where they do not go together. */
  async enter(): Promise<readonly Member[]> {
    const { directory, ttlMs } = this.parts;
    return enter(directory, this.me(), ttlMs);
  }

  start(): void {
    this.unsubscribe ??= this.parts.directory.onChange(() => this.wake());
    this.runner.start();
  }

  /** Looks at once. */
  wake(): void {
    this.runner.wake();
  }

  /** Starts no runner any more, from this call on; then lets the others know. The runners are left as they are. */
  async stop(): Promise<void> {
    if (this.runner.running) {
      this.ending = this.end().finally(() => {
        this.ending = undefined;
      });
    }
    await this.ending;
  }

  private async end(): Promise<void> {
    this.unsubscribe?.();
    this.unsubscribe = undefined;
    await this.runner.stop();
    await this.leave();
  }

  /** Lets the others know that this process is gone. */
  async leave(): Promise<void> {
    await this.parts.directory.leave(this.parts.owner);
  }

  private me(): Member {
    const { owner, runners, assignment } = this.parts;
    const subscriptions = [...runners.keys()].filter((name) => !this.outdated.has(name));
    return assignment === 'automatic' ? { owner, subscriptions } : { owner, subscriptions, assignment };
  }

  private async divide(signal: AbortSignal): Promise<void> {
    const { ttlMs, directory, leases, runners, onControls, onError } = this.parts;
    const members = await directory.heartbeat(this.me(), ttlMs);
    const [held, controls] = await Promise.all([leases.list(), directory.controls()]);
    if (signal.aborted) return;
    this.warn(members);
    onControls(controls);
    this.outdated = this.outdatedBy(controls);
    for (const [subscription, partitions] of runners) {
      const isOutdated = this.outdated.has(subscription);
      if (controls.get(subscription)?.pausedReason !== undefined || isOutdated) {
        for (const runner of partitions) runner.standBy(isOutdated ? 'standby' : 'paused').catch(onError);
        continue;
      }
      const owners = partitions.map((runner, partition) =>
        // What this process holds is its own, though its renewal may be late: nobody has taken it yet.
        runner.status().position !== undefined
          ? this.parts.owner
          : held.find((lease) => lease.subscription === subscription && lease.partition === partition)?.owner,
      );
      const share = this.share(subscription, owners, members);
      for (const [partition, runner] of partitions.entries()) {
        if (share.has(partition)) runner.start();
        else runner.standBy('standby').catch(onError);
      }
    }
  }

  private outdatedBy(controls: ReadonlyMap<string, SubscriptionControl>): ReadonlySet<string> {
    const { runners, versionOf } = this.parts;
    return new Set([...runners.keys()].filter((name) => (controls.get(name)?.version ?? 0) > versionOf(name)));
  }

  private share(
    subscription: string,
    owners: readonly (string | undefined)[],
    members: readonly Member[],
  ): ReadonlySet<number> {
    const { owner, assignment } = this.parts;
    if (assignment !== 'automatic') return staticShare(assignment, owners.length);
    const alive = members.filter(
      (member) => member.assignment === undefined && member.subscriptions.includes(subscription),
    );
    return fairShare(owner, { subscription, owners, members: alive.map((member) => member.owner) });
  }

  /** Two that came while the other was not heard of: the leases keep them apart, but partitions may be left out. */
  private warn(members: readonly Member[]): void {
    const { runners, onWarning } = this.parts;
    const me = this.me();
    const others = atOddsWith(me, members).map((other) => `'${other.owner}' ${divisionOf(other)}`);
    const atOdds = others.sort().join(', ');
    if (atOdds !== this.atOdds && atOdds !== '') {
      onWarning(
        `This process ${divisionOf(me)}, but ${atOdds}: partitions may be left out. Stop the one or the others`,
      );
    }
    this.atOdds = atOdds;
    const partitions = new Map([...runners].map(([name, own]) => [name, own.length]));
    const uncovered = this.coverage.look({ me, members, partitions });
    if (uncovered !== undefined) onWarning(uncovered);
  }
}
