import { type ExpectedVersion, TidemarkError } from '../core/index.js';

/** The stream was not at the version that the append expected: somebody else was faster. Nothing was stored. */
export class ConcurrencyError extends TidemarkError {
  readonly code = 'CONCURRENCY';

  constructor(
    readonly streamId: string,
    readonly expectedVersion: ExpectedVersion,
    /** Version that the stream is at; 0 where it does not exist. */
    readonly actualVersion: number,
  ) {
    super(
      `Stream '${streamId}' is at version ${actualVersion}, expected was ${String(expectedVersion)}. ` +
        `Load it again, decide again and append with its version.`,
    );
  }
}

/** An event id is already recorded elsewhere, so the append is no repetition of an earlier one. Nothing was stored. */
export class DuplicateEventError extends TidemarkError {
  readonly code = 'DUPLICATE_EVENT';

  constructor(
    /** Stream that the append was for. */
    readonly streamId: string,
    /** First id at fault; `undefined` where the store could not tell. */
    readonly eventId: string | undefined,
    /** Stream that holds the id already; `undefined` where the id is given twice or the store could not tell. */
    readonly existingStreamId: string | undefined,
  ) {
    const where =
      existingStreamId === undefined ? 'already in use' : `already recorded in stream '${existingStreamId}'`;
    super(
      `Nothing was appended to stream '${streamId}': the event id ${eventId ?? '(unknown)'} is ${where}, in another place. ` +
        `Give every new event an id of its own; repeat an append only with the same events.`,
    );
  }
}

/** More appends wait for the database than `groupCommit.maxWaiting` allows. Nothing was stored; the append may be repeated later. */
export class AppendQueueFullError extends TidemarkError {
  readonly code = 'APPEND_QUEUE_FULL';

  constructor(
    readonly streamId: string,
    /** How many may wait. */
    readonly limit: number,
  ) {
    super(
      `Nothing was appended to stream '${streamId}': ${limit} appends of this process wait for the database already. ` +
        `Try again later, let fewer requests in at a time, or raise eventStore.groupCommit.maxWaiting.`,
    );
  }
}

/** The stream belongs to another tenant. Nothing was stored. */
export class TenantMismatchError extends TidemarkError {
  readonly code = 'TENANT_MISMATCH';

  constructor(readonly streamId: string) {
    super(`Stream '${streamId}' belongs to another tenant than the append. Nothing was stored.`);
  }
}
