import { TidemarkError } from '../core/index.js';

/** Another owner has taken the partition since; what this one was about to commit is rolled back. */
export class FencedError extends TidemarkError {
  readonly code = 'FENCED';

  constructor(
    readonly subscription: string,
    readonly partition: number,
    /** Epoch of the lease that is no longer valid. */
    readonly epoch: bigint,
  ) {
    super(
      `Partition ${partition} of subscription '${subscription}' has a newer owner than epoch ${epoch}; ` +
        `this process stops working on it and rolls back.`,
    );
  }
}

/** A subscription did not reach a position in time. It goes on; try again later. */
export class WaitTimeoutError extends TidemarkError {
  readonly code = 'WAIT_TIMEOUT';

  constructor(
    readonly subscription: string,
    /** Position that was waited for. */
    readonly position: bigint,
    /** Position that it was at in the end; `undefined` where it has never started. */
    readonly reached: bigint | undefined,
    readonly timeoutMs: number,
  ) {
    const at = reached === undefined ? 'has not started yet' : `is at position ${reached}`;
    super(`Subscription '${subscription}' ${at}; position ${position} was not reached within ${timeoutMs} ms.`);
  }
}

/** A handler took longer than it may; its signal was aborted and what it did is rolled back. */
export class ProcessingTimeoutError extends TidemarkError {
  readonly code = 'PROCESSING_TIMEOUT';

  constructor(
    readonly subscription: string,
    readonly timeoutMs: number,
  ) {
    super(`A handler of subscription '${subscription}' did not end within ${timeoutMs} ms and was aborted.`);
  }
}

/** A handler wrote with its transaction's manager and returned no promise; nobody would have waited for the write. */
export class HandlerNotAwaitedError extends TidemarkError {
  readonly code = 'HANDLER_NOT_AWAITED';

  constructor(
    /** Class and method. */
    readonly handler: string,
  ) {
    super(
      `${handler} used its EntityManager and returned no promise. Make it async and await what it writes, or return the promise.`,
    );
  }
}

const START_PROBLEMS = {
  ahead: (position: bigint, head: bigint) =>
    `has its checkpoint at position ${position}, and the feed ends at ${head}: the events are from an older back-up than the ` +
    `checkpoint. Restore both from the same one, or rebuild the subscription.`,
  'start-ahead': (position: bigint, head: bigint) =>
    `is to start from position ${position}, and the feed ends at ${head}. Give a position up to ${head}, or 'end'.`,
  missing: () =>
    `has no checkpoint, and startFrom is 'checkpoint'. If it was renamed, give it its old name back; if it is new, say where ` +
    `it begins: 'beginning', 'end' or a position.`,
};

/** A subscription cannot begin, or go on, where it should. Nothing was stored. */
export class StartPositionError extends TidemarkError {
  readonly code = 'START_POSITION';

  constructor(
    readonly subscription: string,
    readonly partition: number,
    /** `ahead`: the checkpoint lies beyond the head of the feed. `start-ahead`: `startFrom` does. `missing`: there is no checkpoint. */
    readonly reason: 'ahead' | 'start-ahead' | 'missing',
    /** Position of the checkpoint, or of `startFrom`; `undefined` where there is none. */
    readonly position: bigint | undefined,
    /** Head of the feed. */
    readonly head: bigint,
  ) {
    super(`Partition ${partition} of subscription '${subscription}' ${START_PROBLEMS[reason](position ?? 0n, head)}`);
  }
}

/** A subscription stands still and will not go on by itself. */
export class SubscriptionHaltedError extends TidemarkError {
  readonly code = 'SUBSCRIPTION_HALTED';

  constructor(
    readonly subscription: string,
    readonly reason: 'paused' | 'failed',
    /** Why it was paused, or the message of its last failure. */
    readonly detail: string,
  ) {
    super(
      reason === 'paused'
        ? `Subscription '${subscription}' is paused (${detail}). Resume it first.`
        : `Subscription '${subscription}' has failed and stands still: ${detail}. Mend the cause and start it again.`,
    );
  }
}

/** The checkpoints of a subscription were not put to another position. Nothing was changed. */
export class ResetRefusedError extends TidemarkError {
  readonly code = 'RESET_REFUSED';

  constructor(
    readonly subscription: string,
    /** `running`: an owner is alive and it is not paused. `repeats`, `gaps`: what would be handled again, or never. */
    readonly reason: 'running' | 'rebuilding' | 'repeats' | 'gaps',
    detail: string,
  ) {
    super(`The checkpoints of subscription '${subscription}' stay where they are: ${detail}.`);
  }
}
