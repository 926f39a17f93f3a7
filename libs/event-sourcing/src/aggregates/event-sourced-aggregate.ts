import { AggregateRoot, type IEvent } from '@nestjs/cqrs';
import { deepFreeze } from '../core/index.js';
import { findHead, headOf, noteFailure } from './aggregate-tracking.js';
import { UnsavableAggregateError } from './errors.js';
import { captureFields, restoreFields } from './snapshots/snapshot-state.js';

/** How `apply` treats an event. */
export interface ApplyOptions {
  /** The event is recorded already and is not raised again. @default false */
  readonly fromHistory?: boolean;
  /** Leaves the state as it is. @default false */
  readonly skipHandler?: boolean;
}

/**
 * Base of aggregates: methods decide and `apply` events, `on<ClassName>(event)` changes the state. Events are frozen as
 * they are raised, together with all that they refer to, so that a handler which changes one fails then and there.
 */
export abstract class EventSourcedAggregate<EventBase extends IEvent = IEvent> extends AggregateRoot<EventBase> {
  /** The id, without the category. Throws `DetachedAggregateError` for an instance made with `new`. */
  get id(): string {
    return headOf(this).id;
  }

  /** `<category>-<id>`. Throws `DetachedAggregateError` for an instance made with `new`. */
  get streamId(): string {
    return headOf(this).streamId;
  }

  /** Version of the stream as it was loaded or last saved, 0 for a new one; events not yet saved do not count. */
  get version(): number {
    return findHead(this)?.version ?? 0;
  }

  /** Raises an event: freezes it, keeps it for the next save and hands it to its handler. */
  override apply<T extends EventBase = EventBase>(event: T, isFromHistory?: boolean): void;
  override apply<T extends EventBase = EventBase>(event: T, options?: ApplyOptions): void;
  override apply<T extends EventBase = EventBase>(event: T, how: boolean | ApplyOptions = {}): void {
    const options = typeof how === 'boolean' ? { fromHistory: how } : how;
    try {
      super.apply(deepFreeze(event), options);
    } catch (error) {
      // The event is raised or recorded, but the state is no longer what the handlers make of the stream.
      noteFailure(this, error);
      throw error;
    }
  }

  /** Refuses to drop events that are not saved; saving them is the repository's. */
  override commit(): void {
    if (this.getUncommittedEvents().length > 0) {
      throw new UnsavableAggregateError(
        this.constructor.name,
        'commit() would drop its events before they are stored. Save it by its repository, which needs no commit().',
      );
    }
  }

  /** The state for a snapshot, storable as JSON. By default the own fields, where they are plain data. */
  toSnapshot(): object {
    return captureFields(this);
  }

  /** Takes over what `toSnapshot` gave, after a way through JSON. By default into the fields of the same names. */
  fromSnapshot(state: object): void {
    restoreFields(this, state);
  }
}
