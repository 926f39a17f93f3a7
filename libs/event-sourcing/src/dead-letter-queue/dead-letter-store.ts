import type { EntityManager } from 'typeorm';
import type { DeadLetter, DeadLetterState } from './dead-letter.js';
import type { EventToPark } from './dead-letter-draft.js';
import { type DeadLetterFilter, DeadLetterReader } from './dead-letter-reader.js';
import type { EventFailure } from './event-failure.js';

/** Which letters to redrive; a field left out lets all through. */
export interface RedriveFilter extends Omit<DeadLetterFilter, 'state'> {
  /** A single letter, and what must go before it. */
  readonly id?: string;
}

/** What became of an event that was to be parked. */
export interface ParkOutcome {
  readonly letter: DeadLetter;
  /** `false` where an open letter of the event was there already and stays as it is. */
  readonly parked: boolean;
}

/** A letter that was closed. */
export interface CloseOutcome {
  readonly letter: DeadLetter;
  /** How many letters that had queued behind it are redriving now. */
  readonly released: number;
}

/** What holds events of a subscription back. */
export interface BlockedStreams {
  /** Those with open letters, of the streams that were asked for. */
  readonly streams: ReadonlySet<string>;
  /** Whether any stream has an open letter. */
  readonly hasOpenLetters: boolean;
}

/** Which closed letters to delete. */
export interface DeadLetterPurge {
  /** Only those resolved or discarded before this. */
  readonly resolvedBefore: Date;
  /** Most letters to delete, the oldest first. @default all */
  readonly limit?: number;
}

/** States of letters that hold later events of their stream back, and from which a letter can be closed. */
export const OPEN_STATES: readonly DeadLetterState[] = Object.freeze(['parked', 'redriving'] as const);

/**
 * The port to what keeps dead letters, beside the checkpoints. Where a `manager` is given, a method works in its
 * transaction. Behaviour: `deadLetterStoreContract` of the testing entry.
 *
 * Order within a stream is kept by three rules. A redrive of a letter takes the earlier open letters of its stream
 * along. A redrive that fails sends the letters behind it back to `parked`. And closing a letter sends those that only
 * queued behind it to `redriving`, up to the next one that has failed itself and is parked.
 */
export abstract class DeadLetterStore extends DeadLetterReader {
  /**
   * Puts an event aside, in the transaction that moves the checkpoint past it. An event that has an open letter already
   * is left as it is; one whose letter is closed, as after a rebuild, gets that letter opened again, with its history.
   * An event that queues takes the state of the letter before it, or takes its turn at once where that was closed since.
   */
  abstract park(event: EventToPark, manager?: EntityManager): Promise<ParkOutcome>;

  /** Which of these streams have open letters for a subscription, so that their next events must queue; and whether it has any. */
  abstract blockedStreams(
    subscription: string,
    streamIds: readonly string[],
    manager?: EntityManager,
  ): Promise<BlockedStreams>;

  /**
   * Records that a redrive failed; the letter counts as `failed` from now on. With `next: 'redriving'` it will be tried
   * again, with `parked` it waits for an operator and so do the letters behind it. Throws `DeadLetterNotFoundError`, and
   * `DeadLetterStateError` where the letter is not redriving.
   */
  abstract recordAttempt(
    id: string,
    failure: EventFailure,
    next: 'parked' | 'redriving',
    manager?: EntityManager,
  ): Promise<void>;

  /**
   * Makes parked letters redriving, and with each the earlier open letters of the same stream and subscription; gives
   * how many that were. Letters that are redriving already are no error. With an `id`, throws `DeadLetterNotFoundError`,
   * and `DeadLetterStateError` where it is closed.
   */
  abstract requestRedrive(filter: RedriveFilter): Promise<number>;

  /** The letters to handle next, in position order, none before its turn: of the streams that fall to partition `index` of `count`. */
  abstract nextRedriving(
    subscription: string,
    partition: { readonly index: number; readonly count: number },
    limit: number,
    manager?: EntityManager,
  ): Promise<readonly DeadLetter[]>;

  /**
   * Closes an open letter, in the transaction of the handlers where it was redriven. Throws `DeadLetterNotFoundError`,
   * and `DeadLetterStateError` where it is closed already.
   */
  abstract close(
    id: string,
    as: 'resolved' | 'discarded',
    note?: string,
    manager?: EntityManager,
  ): Promise<CloseOutcome>;

  /**
   * Discards all open letters of a subscription, for a rebuild, which handles their events again; gives how many. Nothing
   * is released. Whoever may park meanwhile has to be fenced off before: its letters are not seen.
   */
  abstract discardAll(subscription: string, note?: string, manager?: EntityManager): Promise<number>;

  /** Deletes closed letters, and never an open one; gives how many. */
  abstract purge(purge: DeadLetterPurge): Promise<number>;
}
