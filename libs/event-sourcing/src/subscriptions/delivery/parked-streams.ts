import type { EntityManager } from 'typeorm';
import type { StoredEvent } from '../../core/index.js';
import type { DeadLetterStore, EventFailure } from '../../dead-letter-queue/index.js';
import type { SubscriptionDefinition } from '../subscription-definition.js';

/** What {@link ParkedStreams} works with. */
export interface ParkedStreamsParts {
  readonly definition: SubscriptionDefinition;
  readonly partition: number;
  readonly deadLetters: DeadLetterStore;
}

/**
 * The streams of a partition that have open dead letters, whose next events queue behind them. Nobody but the owner of a
 * partition parks events of its streams, fenced by the epoch. So one that has found no open letter of the subscription needs
 * not ask again until it parks one itself, or owns the partition anew.
 */
export class ParkedStreams {
  private mayBeAny = true;

  constructor(private readonly parts: ParkedStreamsParts) {}

  /** To be called when the partition is owned anew: somebody else may have parked. */
  forget(): void {
    this.mayBeAny = true;
  }

  /** Which streams of these events have open letters. */
  async among(events: readonly StoredEvent[], manager: EntityManager | undefined): Promise<ReadonlySet<string>> {
    const streamIds = [...new Set(events.map(({ streamId }) => streamId))];
    if (!this.mayBeAny || streamIds.length === 0) return new Set();
    const { definition, deadLetters } = this.parts;
    const { streams, hasOpenLetters } = await deadLetters.blockedStreams(definition.name, streamIds, manager);
    this.mayBeAny = hasOpenLetters;
    return streams;
  }

  /** Queues events behind the open letters of their streams. */
  async queue(events: readonly StoredEvent[], manager: EntityManager | undefined): Promise<void> {
    for (const event of events) await this.park(event, [], manager);
  }

  /** Puts one event aside with all that went wrong with it; gives the letter's id. */
  async park(
    event: StoredEvent,
    failures: readonly EventFailure[],
    manager: EntityManager | undefined,
  ): Promise<string> {
    const { definition, partition, deadLetters } = this.parts;
    // Before it is there, and also where it is rolled back: to ask once too often does no harm.
    this.mayBeAny = true;
    const about = { subscription: definition.name, partition, event, failures };
    return (await deadLetters.park(about, manager)).letter.id;
  }
}
