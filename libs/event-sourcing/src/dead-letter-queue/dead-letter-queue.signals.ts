import { defineSignal } from '../core/index.js';
import type { DeadLetterReason, DeadLetterState } from './dead-letter.js';

/** An event was parked; reported by the subscription when the transaction that parked it has been committed. */
export interface DeadLetterParked {
  readonly subscription: string;
  readonly partition: number;
  readonly eventId: string;
  readonly position: bigint;
  readonly streamId: string;
  /** What the event belongs to; its own id where it began that. */
  readonly correlationId: string;
  readonly type: string;
  readonly reason: DeadLetterReason;
  /** Class of the last error; `undefined` for an event that only queues. */
  readonly errorClass: string | undefined;
}

/** Letters got another state; reported by whoever asked for it, when it has been committed. */
export interface DeadLetterStateChanged {
  readonly state: DeadLetterState;
  /** How many letters. */
  readonly count: number;
  /** Subscription of the letters; `undefined` where they may be of several. */
  readonly subscription: string | undefined;
  /** The letter that was asked for; `undefined` where it was not a single one. */
  readonly deadLetterId: string | undefined;
}

export const DEAD_LETTER_PARKED = defineSignal<DeadLetterParked>('dead-letter-queue.parked');
export const DEAD_LETTER_STATE_CHANGED = defineSignal<DeadLetterStateChanged>('dead-letter-queue.state-changed');
