import { TidemarkError } from '../core/index.js';

/** No event was ever recorded for this aggregate. */
export class AggregateNotFoundError extends TidemarkError {
  readonly code = 'AGGREGATE_NOT_FOUND';

  constructor(
    readonly category: string,
    readonly id: string,
  ) {
    super(
      `There is no '${category}' with the id '${id}': its stream holds no event. Use 'create' for a new one, or 'find' ` +
        `where it may be absent.`,
    );
  }
}

/** An event of the stream could not be applied to the state: its handler threw, or it raised new events. `cause` is why. */
export class ReplayError extends TidemarkError {
  readonly code = 'REPLAY';

  constructor(
    readonly streamId: string,
    /** Version of the event at fault. */
    readonly version: number,
    readonly eventType: string,
    options: ErrorOptions,
  ) {
    const reason = options.cause instanceof Error ? options.cause.message : String(options.cause);
    super(
      `Stream '${streamId}' cannot be replayed: applying its event ${version} ('${eventType}') failed: ${reason}. ` +
        `A handler must accept every event that was ever recorded, and only change the state.`,
      options,
    );
  }
}

/** An aggregate is in a condition in which saving it could lose events or store wrong ones. Nothing was stored. */
export class UnsavableAggregateError extends TidemarkError {
  readonly code = 'UNSAVABLE_AGGREGATE';

  constructor(
    readonly className: string,
    reason: string,
    options?: ErrorOptions,
  ) {
    super(`This ${className} cannot be saved: ${reason}`, options);
  }
}

/** An aggregate belongs to no stream, because it was made with `new`. */
export class DetachedAggregateError extends TidemarkError {
  readonly code = 'DETACHED_AGGREGATE';

  constructor(readonly className: string) {
    super(
      `This ${className} was made with 'new' and belongs to no stream, so it has no id and cannot be saved. Get it from ` +
        `its repository, or make it with newAggregate(${className}, id).`,
    );
  }
}

/** A state cannot be kept as a snapshot, because it would not come back from JSON as it was. */
export class SnapshotStateError extends TidemarkError {
  readonly code = 'SNAPSHOT_STATE';

  constructor(
    /** Field at fault, for example `state.items[0].addedAt`. */
    readonly path: string,
    reason: string,
  ) {
    super(`No snapshot can be taken: ${path} ${reason}. Write toSnapshot and fromSnapshot for it.`);
  }
}

/** A snapshot was asked for by hand where none is ever read. */
export class SnapshotsOffError extends TidemarkError {
  readonly code = 'SNAPSHOTS_OFF';

  constructor(readonly category: string) {
    super(`'${category}' takes no snapshots. Give it 'snapshotEvery', or 'snapshotMode: "manual"'.`);
  }
}
