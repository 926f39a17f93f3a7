import type { Instrumentation } from '../../core/index.js';
import type { Snapshot, SnapshotStore } from '../../event-store/index.js';
import {
  SNAPSHOT_FAILED,
  SNAPSHOT_SAVED,
  type SnapshotFailureReason,
  type SnapshotMissReason,
} from '../aggregates.signals.js';
import type { Folded, StreamFold, StreamHead } from '../stream-fold.js';
import type { SnapshotPolicy } from './snapshot-policy.js';
import { type NewSnapshot, SnapshotQueue } from './snapshot-queue.js';
import { encodeState } from './snapshot-state.js';

/** A state out of a snapshot, not yet held against its stream. */
export interface SnapshotHit<State> {
  readonly snapshot: 'hit';
  readonly state: State;
  readonly version: number;
}

/** No snapshot could be used. */
export interface SnapshotMiss {
  readonly snapshot: 'miss';
  readonly missReason: SnapshotMissReason;
  readonly error?: unknown;
}

/** Which stream's snapshot to find; with a tenant, only that tenant's. */
type StreamToFind = Pick<StreamHead, 'id' | 'streamId' | 'tenantId'>;

/** What a {@link SnapshotKeeper} works with. */
export interface SnapshotKeeperParts<State> {
  readonly fold: StreamFold<State>;
  readonly policy: SnapshotPolicy;
  readonly store: SnapshotStore;
  readonly instrumentation: Instrumentation;
  readonly queueLimit: number;
}

/** Finds and keeps the snapshots of one kind of stream. They are a cache: what fails here is reported, and replay goes on. */
export class SnapshotKeeper<State> {
  private readonly queue: SnapshotQueue;

  constructor(private readonly parts: SnapshotKeeperParts<State>) {
    this.queue = new SnapshotQueue(parts.queueLimit, async (snapshot) => {
      await this.tryWrite(snapshot);
    });
  }

  /** The state in the newest snapshot of the policy's schema version; one of another tenant's stream is not there. */
  async find({ id, streamId, tenantId }: StreamToFind): Promise<SnapshotHit<State> | SnapshotMiss> {
    const { fold, policy, store } = this.parts;
    let snapshot: Snapshot | undefined;
    try {
      snapshot = await store.load(streamId, policy.schemaVersion, tenantId);
    } catch (error) {
      return miss('store-failed', error);
    }
    if (snapshot === undefined) return miss('absent');
    const { version } = snapshot;
    let captured: unknown;
    try {
      captured = JSON.parse(snapshot.state);
      if (!Number.isInteger(version) || version < 1) throw new RangeError(`its version is ${version}`);
    } catch (error) {
      return miss('unreadable', error);
    }
    try {
      return { snapshot: 'hit', state: fold.restore(id, captured), version };
    } catch (error) {
      return miss('rejected', error);
    }
  }

  /**
   * Captures the state for the snapshot that an append from `head` to `version` makes due, and gives the step that keeps
   * it once the append has succeeded; `undefined` where none is due. The state is captured now, and not after the append,
   * because a caller may raise more events meanwhile.
   */
  prepare({ head, state }: Folded<State>, version: number): (() => Promise<void>) | undefined {
    const { every, mode } = this.parts.policy;
    if (Math.floor(head.version / every) === Math.floor(version / every)) return undefined;
    let snapshot: NewSnapshot;
    try {
      snapshot = this.capture(head, version, state);
    } catch (error) {
      return async () => this.reportFailed(head.streamId, version, 'not-storable', error);
    }
    return async () => {
      if (mode === 'sync') await this.tryWrite(snapshot);
      else if (!this.queue.offer(snapshot)) this.reportFailed(head.streamId, version, 'dropped', undefined);
    };
  }

  /** Keeps a snapshot by hand; throws what goes wrong. `false` where one as new is there already. */
  async keep({ head, state }: Folded<State>): Promise<boolean> {
    const { streamId, version } = head;
    let reason: SnapshotFailureReason = 'not-storable';
    try {
      const snapshot = this.capture(head, version, state);
      reason = 'store-failed';
      return await this.write(snapshot);
    } catch (error) {
      this.reportFailed(streamId, version, reason, error);
      throw error;
    }
  }

  /** Removes the snapshots of a stream. A bad one would stand in the way of all that are not newer than it. */
  async discard({ streamId, version }: StreamHead): Promise<void> {
    try {
      await this.parts.store.remove(streamId);
    } catch (error) {
      this.reportFailed(streamId, version, 'removal-failed', error);
    }
  }

  /** Resolves when no snapshot waits in the background. */
  async flush(): Promise<void> {
    await this.queue.flush();
  }

  private capture({ streamId, tenantId }: StreamHead, version: number, state: State): NewSnapshot {
    const { fold, policy } = this.parts;
    return {
      streamId,
      tenantId,
      version,
      schemaVersion: policy.schemaVersion,
      state: encodeState(fold.capture(state)),
    };
  }

  private async tryWrite(snapshot: NewSnapshot): Promise<void> {
    try {
      await this.write(snapshot);
    } catch (error) {
      this.reportFailed(snapshot.streamId, snapshot.version, 'store-failed', error);
    }
  }

  private async write(snapshot: NewSnapshot): Promise<boolean> {
    const startedAt = performance.now();
    const kept = await this.parts.store.save(snapshot);
    if (!kept) return false;
    const { state, tenantId: _tenantId, ...about } = snapshot;
    const durationSeconds = (performance.now() - startedAt) / 1000;
    const { category } = this.parts.fold;
    this.parts.instrumentation.emit(SNAPSHOT_SAVED, { category, ...about, length: state.length, durationSeconds });
    return true;
  }

  private reportFailed(streamId: string, version: number, reason: SnapshotFailureReason, error: unknown): void {
    const { category } = this.parts.fold;
    this.parts.instrumentation.emit(SNAPSHOT_FAILED, { category, streamId, version, reason, error });
  }
}

/** Says that, and why, no snapshot could be used. */
export function miss(missReason: SnapshotMissReason, error?: unknown): SnapshotMiss {
  return error === undefined ? { snapshot: 'miss', missReason } : { snapshot: 'miss', missReason, error };
}
