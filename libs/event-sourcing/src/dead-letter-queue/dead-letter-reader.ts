import type { DeadLetter, DeadLetterState } from './dead-letter.js';

/** Which letters are meant; a field left out lets all through. */
export interface DeadLetterFilter {
  readonly subscription?: string;
  readonly state?: DeadLetterState;
  readonly streamId?: string;
  /** Wire name of the event's type. */
  readonly type?: string;
  /** Class of the newest error. */
  readonly errorClass?: string;
  readonly tenantId?: string;
}

/** One page of letters, newest first. */
export interface DeadLetterPage {
  readonly letters: readonly DeadLetter[];
  /** Where the next page starts; `undefined` on the last one. */
  readonly nextCursor: string | undefined;
}

/** How many letters a subscription has. */
export interface DeadLetterCounts {
  readonly parked: number;
  readonly redriving: number;
  readonly resolved: number;
  readonly discarded: number;
  /** When the oldest of the open ones was parked; `undefined` where none is open. */
  readonly oldestAt: Date | undefined;
}

/** How many letters there are. */
export interface DeadLetterStats extends DeadLetterCounts {
  /** How many subscriptions have open letters. */
  readonly affectedSubscriptions: number;
  /** By name, those with closed letters only included. */
  readonly bySubscription: Readonly<Record<string, DeadLetterCounts>>;
}

/** The part of the port `DeadLetterStore` that only looks. */
export abstract class DeadLetterReader {
  /**
   * A page of letters, newest first. Pages are stable: letters that come, change or go meanwhile make no other letter
   * appear twice or be left out. Throws `InvalidArgumentError` for a cursor that is none.
   */
  abstract list(filter: DeadLetterFilter, cursor: string | undefined, limit: number): Promise<DeadLetterPage>;

  /** One letter; `undefined` where there is none. */
  abstract get(id: string): Promise<DeadLetter | undefined>;

  /** Counts the letters. */
  abstract stats(): Promise<DeadLetterStats>;
}
