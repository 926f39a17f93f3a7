import { Injectable, Logger, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { AGGREGATE_LOADED, type AggregateLoaded, SNAPSHOT_FAILED, type SnapshotFailed } from '../aggregates/index.js';
import { describeError, Instrumentation } from '../core/index.js';
import { DEAD_LETTER_PARKED, type DeadLetterParked } from '../dead-letter-queue/index.js';
import { SHUTDOWN_COMPLETED, type ShutdownResult } from '../lifecycle/index.js';
import {
  BATCH_FAILED,
  type BatchFailed,
  PARTITION_OWNERSHIP,
  type PartitionOwnership,
} from '../subscriptions/index.js';

/** Writes what an operator should know to the app's log, one line per fact. Never a payload. */
@Injectable()
export class FactLogger implements OnModuleInit, OnApplicationShutdown {
  private readonly logger = new Logger('Tidemark');
  private unsubscribes: readonly (() => void)[] = [];

  constructor(private readonly instrumentation: Instrumentation) {}

  onModuleInit(): void {
    this.unsubscribes = [
      this.instrumentation.on(BATCH_FAILED, (fact) => this.batchFailed(fact)),
      this.instrumentation.on(DEAD_LETTER_PARKED, (fact) => this.parked(fact)),
      this.instrumentation.on(PARTITION_OWNERSHIP, (fact) => this.ownershipChanged(fact)),
      this.instrumentation.on(SNAPSHOT_FAILED, (fact) => this.snapshotFailed(fact)),
      this.instrumentation.on(AGGREGATE_LOADED, (fact) => this.loaded(fact)),
      this.instrumentation.on(SHUTDOWN_COMPLETED, (result) => this.shutDown(result)),
    ];
  }

  // What goes wrong while the app ends is to be read as well.
  onApplicationShutdown(): void {
    for (const unsubscribe of this.unsubscribes) unsubscribe();
  }

  private batchFailed(fact: BatchFailed): void {
    const { subscription, partition, category, during, eventId, eventType, position, streamId, attempt } = fact;
    const { message, stack } = describeError(fact.error);
    const at =
      eventId === undefined ? '' : ` at event ${eventId} ('${eventType}', position ${position} of '${streamId}')`;
    const what = during === 'redrive' ? 'failed to redrive' : 'failed';
    this.logger.error(
      `Subscription '${subscription}' (partition ${partition}) ${what}${at} (${category}), attempt ${attempt}; ` +
        `${whatFollows(fact)}: ${message}`,
      stack,
    );
  }

  // Of one that failed, the line about the failure says it all.
  private parked({ subscription, eventId, streamId, reason }: DeadLetterParked): void {
    if (reason === 'failed') return;
    this.logger.warn(
      `Subscription '${subscription}' parked event ${eventId} of '${streamId}' behind a dead letter of its stream`,
    );
  }

  private ownershipChanged({ subscription, partition, epoch, change }: PartitionOwnership): void {
    const line = `Partition ${partition} of subscription '${subscription}' ${change}, epoch ${epoch}`;
    if (change === 'lost') this.logger.warn(line);
    else this.logger.log(line);
  }

  private snapshotFailed({ streamId, version, reason, error }: SnapshotFailed): void {
    this.logger.warn(
      `Snapshot of '${streamId}' at version ${version} was not kept (${reason}): ${describeError(error).message}`,
    );
  }

  private shutDown({ phase, reason, durationSeconds, forced, ...counts }: ShutdownResult): void {
    const { inFlightAtStart, eventsDrained, eventsNotDrained, checkpointsSaved, leasesReleased } = counts;
    const line =
      `Shutdown (${reason}) ${phase} after ${durationSeconds.toFixed(3)} s: ${inFlightAtStart} events were in flight, ` +
      `${eventsDrained} drained, ${eventsNotDrained} rolled back; ${checkpointsSaved} checkpoints saved, ${leasesReleased} leases released`;
    if (forced) this.logger.warn(line);
    else this.logger.log(line);
  }

  private loaded({ streamId, missReason, error }: AggregateLoaded): void {
    if (missReason === undefined || missReason === 'absent') return;
    this.logger.warn(
      `Snapshot of '${streamId}' was not used (${missReason}), the stream was replayed: ${describeError(error).message}`,
    );
  }
}

function whatFollows({ next, retryInMs, deadLetterId }: BatchFailed): string {
  switch (next) {
    case 'retry':
      return `again in ${retryInMs} ms`;
    case 'park':
      return `the event is parked as dead letter ${deadLetterId}`;
    case 'stop':
      return 'it stops there';
  }
}
