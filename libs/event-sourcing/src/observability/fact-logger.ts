import { Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { AGGREGATE_LOADED, type AggregateLoaded, SNAPSHOT_FAILED } from '../aggregates/index.js';
import { Instrumentation } from '../core/index.js';
import { DEAD_LETTER_PARKED, DEAD_LETTER_STATE_CHANGED, type DeadLetterParked } from '../dead-letter-queue/index.js';
import { SHUTDOWN_COMPLETED, SHUTDOWN_INITIATED, type ShutdownResult } from '../lifecycle/index.js';
import { FactLog } from '../logging/index.js';
import { BATCH_FAILED, CIRCUIT_BREAKER_CHANGED, PARTITION_OWNERSHIP } from '../subscriptions/index.js';
import {
  CIRCUIT_CHANGES,
  DEAD_LETTERS_CHANGED,
  EVENT_QUEUED,
  PARTITION_CHANGES,
  SHUTDOWN_BEGUN,
  SHUTDOWN_COMPLETED_FACT,
  SHUTDOWN_FORCED,
  SNAPSHOT_NOT_KEPT,
  SNAPSHOT_NOT_USED,
  SUBSCRIPTION_FAILED,
} from './observability.facts.js';

/** Writes what an operator should know to the app's log, one line per fact. Never a payload. */
@Injectable()
export class FactLogger implements OnModuleInit, OnApplicationShutdown {
  private readonly log = new FactLog();
  private unsubscribes: readonly (() => void)[] = [];

  constructor(private readonly instrumentation: Instrumentation) {}

  onModuleInit(): void {
    const { instrumentation, log } = this;
    this.unsubscribes = [
      instrumentation.on(BATCH_FAILED, (fact) => log.write(SUBSCRIPTION_FAILED, fact)),
      instrumentation.on(DEAD_LETTER_PARKED, (fact) => this.parked(fact)),
      instrumentation.on(DEAD_LETTER_STATE_CHANGED, (fact) => {
        // That a redrive has failed is told already.
        if (fact.state !== 'parked') log.write(DEAD_LETTERS_CHANGED, fact);
      }),
      instrumentation.on(PARTITION_OWNERSHIP, (fact) => log.write(PARTITION_CHANGES[fact.change], fact)),
      instrumentation.on(CIRCUIT_BREAKER_CHANGED, (fact) => log.write(CIRCUIT_CHANGES[fact.state], fact)),
      instrumentation.on(SNAPSHOT_FAILED, (fact) => log.write(SNAPSHOT_NOT_KEPT, fact)),
      instrumentation.on(AGGREGATE_LOADED, (fact) => this.loaded(fact)),
      instrumentation.on(SHUTDOWN_INITIATED, (fact) => log.write(SHUTDOWN_BEGUN, fact)),
      instrumentation.on(SHUTDOWN_COMPLETED, (result) => this.shutDown(result)),
    ];
  }

  // What goes wrong while the app ends is to be read as well.
  onApplicationShutdown(): void {
    for (const unsubscribe of this.unsubscribes) unsubscribe();
  }

  // Of one that failed, the line about the failure says it all.
  private parked(fact: DeadLetterParked): void {
    if (fact.reason !== 'failed') this.log.write(EVENT_QUEUED, { ...fact, eventType: fact.type });
  }

  private loaded({ streamId, missReason: reason, error }: AggregateLoaded): void {
    if (reason !== undefined && reason !== 'absent') this.log.write(SNAPSHOT_NOT_USED, { streamId, reason, error });
  }

  private shutDown(result: ShutdownResult): void {
    const durationSeconds = Number(result.durationSeconds.toFixed(3));
    this.log.write(result.forced ? SHUTDOWN_FORCED : SHUTDOWN_COMPLETED_FACT, { ...result, durationSeconds });
  }
}
