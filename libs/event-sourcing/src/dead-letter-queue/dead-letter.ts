/**
 * `parked`: waits for an operator. `redriving`: waits for its turn at the subscription. Both are *open*, and later events
 * of the stream queue behind them. `resolved` (handled) and `discarded` (given up) are closed.
 */
export type DeadLetterState = 'parked' | 'redriving' | 'resolved' | 'discarded';

/** `failed`: its handler did. `queued-behind`: it came after an open letter of its stream and has not been tried. */
export type DeadLetterReason = 'failed' | 'queued-behind';

/** One try at an event that failed. */
export interface DeadLetterAttempt {
  readonly at: Date;
  readonly errorClass: string;
  readonly message: string;
  /** `handling`: before it was parked. `redrive`: since. */
  readonly kind: 'handling' | 'redrive';
}

/** An event that a subscription could not handle; there is one for each subscription and event. */
export interface DeadLetter {
  /** UUID, version 7. */
  readonly id: string;
  readonly subscription: string;
  /** Partition that parked it; who redrives it is decided by its stream's slot. */
  readonly partition: number;
  readonly eventId: string;
  /** Global position of the event. */
  readonly position: bigint;
  readonly streamId: string;
  /** Version of the event in its stream. */
  readonly version: number;
  /** Wire name of the event's type. */
  readonly type: string;
  readonly tenantId: string | undefined;
  readonly reason: DeadLetterReason;
  /** Class of the newest error; `undefined`, like `message` and `stack`, while it only queues. */
  readonly errorClass: string | undefined;
  readonly message: string | undefined;
  readonly stack: string | undefined;
  /** Every failed try, oldest first. */
  readonly attempts: readonly DeadLetterAttempt[];
  readonly state: DeadLetterState;
  /** What the operator said when it was last closed. */
  readonly note: string | undefined;
  /** When it was parked, or parked again after it had been closed. */
  readonly parkedAt: Date;
  readonly updatedAt: Date;
}
