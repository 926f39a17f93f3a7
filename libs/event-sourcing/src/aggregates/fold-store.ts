import type { EntityManager } from 'typeorm';
import { type EventContext, type Instrumentation, type RecordedEvent, streamIdOf } from '../core/index.js';
import type { EventStore, SnapshotStore } from '../event-store/index.js';
import { type AggregatesOptions, resolveAggregatesOptions } from './aggregates.options.js';
import { AGGREGATE_LOADED } from './aggregates.signals.js';
import { AggregateNotFoundError, ReplayError, SnapshotsOffError } from './errors.js';
import { miss, type SnapshotHit, SnapshotKeeper, type SnapshotMiss } from './snapshots/snapshot-keeper.js';
import type { Folded, StreamFold, StreamHead } from './stream-fold.js';

/** What a repository works with. */
export interface RepositoryParts {
  readonly eventStore: EventStore;
  readonly snapshotStore: SnapshotStore;
  /** Whose tenant limits what is loaded; where it has none, streams of all tenants are. */
  readonly context: EventContext;
  readonly instrumentation: Instrumentation;
  readonly options?: AggregatesOptions;
}

interface Replayed<State> extends Folded<State> {
  /** Events that were applied. */
  readonly eventCount: number;
}

type Outcome<State> = {
  readonly found: SnapshotMiss | { snapshot: 'hit' | 'off' };
  readonly replayed: Replayed<State>;
};

interface StreamToLoad {
  readonly id: string;
  readonly streamId: string;
  readonly tenantId: string | undefined;
  readonly manager: EntityManager | undefined;
}

/** Loads and appends the streams of one {@link StreamFold}, with snapshots: what both kinds of repository stand on. */
export class FoldStore<State> {
  private readonly snapshots: SnapshotKeeper<State> | undefined;

  constructor(
    private readonly fold: StreamFold<State>,
    private readonly parts: RepositoryParts,
  ) {
    const { snapshotStore: store, instrumentation } = parts;
    const { snapshotsEnabled, snapshotQueueLimit: queueLimit } = resolveAggregatesOptions(parts.options);
    const policy = fold.snapshots;
    if (snapshotsEnabled && policy !== undefined) {
      this.snapshots = new SnapshotKeeper({ fold, policy, store, instrumentation, queueLimit });
    }
  }

  /** The state of a stream; blank and at version 0 where the stream does not exist, or is not of the context's tenant. */
  async load(id: string, manager?: EntityManager): Promise<Folded<State>> {
    const stream = { id, streamId: streamIdOf(this.fold.category, id), tenantId: this.tenantId(), manager };
    const { streamId } = stream;
    return this.parts.instrumentation.around(
      () => ({ name: 'load', streamId }),
      () => this.loadNow(stream),
    );
  }

  private async loadNow(stream: StreamToLoad): Promise<Folded<State>> {
    const startedAt = performance.now();
    const { found, replayed } = await this.loadBest(stream);
    const { head, state, eventCount } = replayed;
    this.parts.instrumentation.emit(AGGREGATE_LOADED, {
      category: this.fold.category,
      streamId: head.streamId,
      version: head.version,
      eventCount,
      durationSeconds: (performance.now() - startedAt) / 1000,
      ...found,
    });
    return { head, state };
  }

  /**
   * Appends events that `state` already includes onto `head`, which must still be the stream's end, and gives the new
   * head. In a transaction of the caller no snapshot is taken: after a rollback it would tell of what never happened.
   */
  async append(
    { head: before, state }: Folded<State>,
    events: readonly object[],
    manager: EntityManager | undefined,
  ): Promise<StreamHead> {
    if (events.length === 0) return before;
    return this.parts.instrumentation.around(
      () => ({ name: 'save', streamId: before.streamId }),
      () => this.appendNow({ head: before, state }, events, manager),
    );
  }

  private async appendNow(
    { head: before, state }: Folded<State>,
    events: readonly object[],
    manager: EntityManager | undefined,
  ): Promise<StreamHead> {
    // The append is refused where this is not the tenant of the stream.
    const head = { ...before, tenantId: this.tenantId() };
    const provisional = head.provisional || manager !== undefined;
    const expectedVersion = head.version === 0 ? 'noStream' : head.version;
    const keepSnapshot = provisional
      ? undefined
      : this.snapshots?.prepare({ head, state }, head.version + events.length);
    const { version, position } = await this.parts.eventStore.append(head.streamId, events, {
      expectedVersion,
      manager,
    });
    await keepSnapshot?.();
    return { ...head, version, position, provisional };
  }

  async exists(id: string): Promise<boolean> {
    const streamId = streamIdOf(this.fold.category, id);
    return (await this.parts.eventStore.streamVersion(streamId, { tenantId: this.tenantId() })) > 0;
  }

  /** Takes a snapshot by hand; `false` where one as new is there, or where the options switch snapshots off. */
  async snapshot(id: string): Promise<boolean> {
    const { category, snapshots: policy } = this.fold;
    if (policy === undefined) throw new SnapshotsOffError(category);
    if (this.snapshots === undefined) return false;
    const loaded = await this.load(id);
    if (loaded.head.version === 0) throw new AggregateNotFoundError(category, id);
    return this.snapshots.keep(loaded);
  }

  /** Resolves when no snapshot waits in the background. */
  async flush(): Promise<void> {
    await this.snapshots?.flush();
  }

  private tenantId(): string | undefined {
    return this.parts.context.current().tenantId;
  }

  private async loadBest(stream: StreamToLoad): Promise<Outcome<State>> {
    const fromStart = () => this.replay(stream, this.fold.blank(stream.id), 0);
    const { snapshots } = this;
    if (snapshots === undefined) return { found: { snapshot: 'off' }, replayed: await fromStart() };
    const hit = await snapshots.find(stream);
    const resumed = hit.snapshot === 'hit' ? await this.resume(stream, hit) : hit;
    if ('replayed' in resumed) return resumed;
    const replayed = await fromStart();
    // Inside the caller's transaction the stream may be seen as of an earlier time than the snapshot, which is then sound.
    const bad = resumed.missReason !== 'absent' && resumed.missReason !== 'store-failed';
    if (bad && stream.manager === undefined) await snapshots.discard(replayed.head);
    return { found: resumed, replayed };
  }

  private async resume(
    stream: StreamToLoad,
    { state, version }: SnapshotHit<State>,
  ): Promise<Outcome<State> | SnapshotMiss> {
    try {
      const replayed = await this.replay(stream, state, version);
      if (replayed.head.version < version) return miss('ahead-of-stream');
      return { found: { snapshot: 'hit' }, replayed };
    } catch (error) {
      // An event that does not fit the state may speak against the snapshot; the whole replay will tell.
      if (error instanceof ReplayError) return miss('rejected', error);
      throw error;
    }
  }

  /**
   * Applies what follows version `through` to the state. The read starts at `through` and not behind it: that one event
   * of overlap proves, in the same read, that the stream really reaches as far as a snapshot says, also where nothing
   * follows, and it tells the position.
   */
  private async replay(stream: StreamToLoad, start: State, through: number): Promise<Replayed<State>> {
    const { id, streamId, tenantId, manager } = stream;
    let state = start;
    let last: RecordedEvent | undefined;
    let eventCount = 0;
    for await (const event of this.parts.eventStore.readStream(streamId, {
      from: Math.max(through, 1),
      tenantId,
      manager,
    })) {
      last = event;
      if (event.version <= through) continue;
      state = this.applyOne(state, event);
      eventCount += 1;
    }
    const provisional = manager !== undefined;
    return {
      head: {
        id,
        streamId,
        tenantId: last?.tenantId,
        version: last?.version ?? 0,
        position: last?.position,
        provisional,
      },
      state,
      eventCount,
    };
  }

  private applyOne(state: State, event: RecordedEvent): State {
    try {
      return this.fold.apply(state, event);
    } catch (cause) {
      throw new ReplayError(event.streamId, event.version, event.type, { cause });
    }
  }
}
