import type { Drainable, DrainOutcome } from '../lifecycle/index.js';
import type { PartitionRunner } from './partition-runner.js';
import type { SubscriptionEngine } from './subscription-engine.js';

/** What a partition had behind it when the drain began. */
interface Before {
  readonly runner: PartitionRunner;
  readonly done: number;
  readonly rolledBack: number;
  readonly saves: number;
  readonly releases: number;
}

/** Brings the subscriptions of this process to their end, for good. */
export class EngineDrain implements Drainable {
  readonly name = 'the subscriptions';
  private before: readonly Before[] = [];

  constructor(private readonly engine: SubscriptionEngine) {}

  inFlight(): number {
    return this.engine.allRunners().reduce((sum, { tally }) => sum + tally.inFlight, 0);
  }

  stopTaking(): void {
    this.before = this.engine.allRunners().map((runner) => {
      const { done, rolledBack, saves, releases } = runner.tally;
      return { runner, done, rolledBack, saves, releases };
    });
    this.engine.close();
  }

  async drain(signal: AbortSignal): Promise<void> {
    await this.engine.halt(signal);
  }

  async settle(): Promise<void> {
    await this.engine.stop();
  }

  outcome(): DrainOutcome {
    const sum = (count: (before: Before) => number): number =>
      this.before.reduce((total, before) => total + count(before), 0);
    return {
      eventsDrained: sum(({ runner, done }) => runner.tally.done - done),
      eventsNotDrained: sum(({ runner, rolledBack }) => runner.tally.rolledBack - rolledBack),
      // Of a partition there is one, however often it moved.
      checkpointsSaved: sum(({ runner, saves }) => Math.min(1, runner.tally.saves - saves)),
      leasesReleased: sum(({ runner, releases }) => runner.tally.releases - releases),
    };
  }
}
