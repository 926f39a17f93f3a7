import type { RecordedEvent } from '../core/index.js';
import type { SnapshotPolicy } from './snapshots/snapshot-policy.js';

/**
 * How the events of one stream become a state: the one concept under aggregates of classes and deciders. The state is
 * the instance of the class, or the decider's value.
 */
export interface StreamFold<State> {
  readonly category: string;
  /** `undefined`: no snapshots. */
  readonly snapshots: SnapshotPolicy | undefined;
  /** The state of a stream without events. */
  blank(id: string): State;
  /** The state after one more event, which may be the same object. */
  apply(state: State, event: RecordedEvent): State;
  /** What a snapshot keeps of a state, JSON. Throws where it has nothing that JSON gives back as it was. */
  capture(state: State): unknown;
  /** A state out of what {@link capture} gave and JSON carried. Throws where it makes no sense of it. */
  restore(id: string, captured: unknown): State;
}

/** Where a state stands in its stream. */
export interface StreamHead {
  readonly id: string;
  readonly streamId: string;
  /** Tenant of the stream; `undefined` where it has none, or does not exist. */
  readonly tenantId: string | undefined;
  /** Version of the last event in the state, 0 where there is none. */
  readonly version: number;
  /** Global position of that event. */
  readonly position: bigint | undefined;
  /** Read or written within a transaction of the caller, which may still be rolled back. */
  readonly provisional: boolean;
}

/** A state and where it stands. */
export interface Folded<State> {
  readonly head: StreamHead;
  readonly state: State;
}
