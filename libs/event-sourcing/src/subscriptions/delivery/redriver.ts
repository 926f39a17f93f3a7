import type { EntityManager } from 'typeorm';
import type { Instrumentation, StoredEvent } from '../../core/index.js';
import type { Lease } from '../../database/index.js';
import {
  DEAD_LETTER_STATE_CHANGED,
  type DeadLetter,
  DeadLetterNotFoundError,
  DeadLetterStateError,
  type DeadLetterStore,
  eventFailureOf,
} from '../../dead-letter-queue/index.js';
import type { EventStorage } from '../../event-store/index.js';
import { type BatchHandler, HandlerFailure } from './batch-handler.js';
import type { CheckpointStore } from '../checkpoint-store.js';
import { classifyError, type ErrorClassifier } from '../failure/error-class.js';
import { causeOf, failureOf } from '../failure/failure-report.js';
import { FencedError } from '../errors.js';
import type { SubscriptionDefinition } from '../subscription-definition.js';
import { BATCH_FAILED } from '../subscriptions.signals.js';
import type { FlightTally } from './flight-tally.js';

/** How long to wait before looking for redrives again after none was found, in milliseconds. */
const LOOK_INTERVAL_MS = 500;

/** What a {@link Redriver} works with. */
export interface RedriverParts {
  readonly definition: SubscriptionDefinition;
  readonly partition: number;
  readonly handler: BatchHandler;
  readonly storage: EventStorage;
  readonly checkpoints: CheckpointStore;
  readonly deadLetters: DeadLetterStore;
  readonly instrumentation: Instrumentation;
  readonly tally: FlightTally;
  readonly classifyError: ErrorClassifier | undefined;
}

/**
 * Handles dead letters that are to be redriven, one at a time and in the order of their stream: the handlers' work and
 * the end of the letter commit together, fenced by the epoch as any batch is. A subscriber is done before, at least once.
 */
export class Redriver {
  private nextLookAt = 0;

  constructor(private readonly parts: RedriverParts) {}

  /** Takes on the next letter, if there is any; `true` where there may be more. */
  async step(lease: Lease, signal: AbortSignal): Promise<boolean> {
    if (performance.now() < this.nextLookAt) return false;
    const { definition, partition, deadLetters } = this.parts;
    const share = { index: partition, count: definition.partitions };
    const [letter] = await deadLetters.nextRedriving(definition.name, share, 1);
    if (letter === undefined) {
      this.nextLookAt = performance.now() + LOOK_INTERVAL_MS;
      return false;
    }
    const { subscription, streamId, eventId: id, type } = letter;
    this.parts.tally.take(1);
    try {
      await this.parts.instrumentation.around(
        () => ({ name: 'redrive', streamId, events: [{ id, type }], subscription, partition }),
        () => this.redrive(letter, lease, signal),
      );
    } finally {
      this.parts.tally.rollBack();
    }
    return true;
  }

  private async redrive(letter: DeadLetter, lease: Lease, signal: AbortSignal): Promise<void> {
    const { checkpoints, handler, deadLetters, classifyError: own } = this.parts;
    const event = await this.eventOf(letter);
    try {
      const isProjection = this.parts.definition.kind === 'projection';
      if (!isProjection) await handler.handleOne(event, undefined, signal);
      await checkpoints.fenced(lease, async (manager: EntityManager | undefined) => {
        if (isProjection) await handler.handleOne(event, manager, signal);
        await deadLetters.close(letter.id, 'resolved', undefined, manager);
      });
      this.parts.tally.finish(1);
      this.report(letter, 'resolved');
    } catch (error) {
      // An operator has closed it meanwhile; what the handler did is rolled back.
      if (isClosedMeanwhile(error)) return;
      const isNoFaultOfIts = signal.aborted || error instanceof FencedError;
      if (isNoFaultOfIts || classifyError(causeOf(error), own).category === 'infrastructure') throw error;
      await this.failed(
        letter,
        lease,
        error instanceof HandlerFailure ? error : new HandlerFailure(event, { cause: error }),
      );
    }
  }

  private async failed(letter: DeadLetter, lease: Lease, failure: HandlerFailure): Promise<void> {
    const { partition, checkpoints, deadLetters, instrumentation, classifyError: own } = this.parts;
    const { id: deadLetterId, subscription, attempts } = letter;
    const about = { subscription, partition, during: 'redrive' as const, deadLetterId, retryInMs: 0 };
    const fact = failureOf(failure, own, { ...about, attempt: 1, retryCount: attempts.length, next: 'park' });
    try {
      await checkpoints.fenced(lease, (manager) =>
        deadLetters.recordAttempt(letter.id, eventFailureOf(failure.cause, fact.at), 'parked', manager),
      );
    } catch (error) {
      instrumentation.emit(BATCH_FAILED, { ...fact, next: 'retry' });
      if (isClosedMeanwhile(error)) return;
      throw error;
    }
    this.parts.tally.finish(1);
    instrumentation.emit(BATCH_FAILED, fact);
    this.report(letter, 'parked');
  }

  private async eventOf({ streamId, version, eventId }: DeadLetter): Promise<StoredEvent> {
    const range = { fromVersion: version, toVersion: version, direction: 'forwards', limit: 1 } as const;
    const [event] = await this.parts.storage.readStream({ streamId, ...range });
    if (event?.id !== eventId) throw new Error(`event ${eventId} is not at version ${version} of '${streamId}'`);
    return event;
  }

  private report({ id: deadLetterId, subscription }: DeadLetter, state: 'resolved' | 'parked'): void {
    this.parts.instrumentation.emit(DEAD_LETTER_STATE_CHANGED, { state, count: 1, subscription, deadLetterId });
  }
}

function isClosedMeanwhile(error: unknown): boolean {
  return error instanceof DeadLetterStateError || error instanceof DeadLetterNotFoundError;
}
