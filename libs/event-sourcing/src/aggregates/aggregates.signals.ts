import { defineSignal } from '../core/index.js';

/**
 * Why a load found no usable snapshot and replayed the whole stream: there was none; its JSON or version made no sense;
 * `fromSnapshot` or an event after it did not get along with the state; the stream does not reach its version; the
 * snapshot store failed.
 */
export type SnapshotMissReason = 'absent' | 'unreadable' | 'rejected' | 'ahead-of-stream' | 'store-failed';

/**
 * Why a snapshot did not come to be kept: its state would not survive JSON; the snapshot store failed; too many waited
 * in the background; a bad one could not be removed.
 */
export type SnapshotFailureReason = 'not-storable' | 'store-failed' | 'dropped' | 'removal-failed';

/** The state of a stream was loaded, or found absent (`version` 0). */
export interface AggregateLoaded {
  readonly category: string;
  readonly streamId: string;
  readonly version: number;
  /** Events that were applied; those within the snapshot do not count. */
  readonly eventCount: number;
  readonly durationSeconds: number;
  /** `off` where the kind of stream has no snapshots. */
  readonly snapshot: 'hit' | 'miss' | 'off';
  /** Given with a miss. */
  readonly missReason?: SnapshotMissReason;
  /** What was behind a miss, where something threw. */
  readonly error?: unknown;
}

/** A snapshot was kept. */
export interface SnapshotSaved {
  readonly category: string;
  readonly streamId: string;
  readonly version: number;
  readonly schemaVersion: number;
  /** Length of the state's JSON in UTF-16 units. */
  readonly length: number;
  readonly durationSeconds: number;
}

/** A snapshot was not kept; the save that it belongs to is none the worse. */
export interface SnapshotFailed {
  readonly category: string;
  readonly streamId: string;
  readonly version: number;
  readonly reason: SnapshotFailureReason;
  /** `undefined` for one that was dropped. */
  readonly error: unknown;
}

export const AGGREGATE_LOADED = defineSignal<AggregateLoaded>('aggregates.loaded');
export const SNAPSHOT_SAVED = defineSignal<SnapshotSaved>('aggregates.snapshot-saved');
export const SNAPSHOT_FAILED = defineSignal<SnapshotFailed>('aggregates.snapshot-failed');
