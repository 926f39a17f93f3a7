import { type Snapshot, SnapshotStore } from '../snapshot-store.js';

/** Keeps snapshots in the memory of this process. */
export class InMemorySnapshotStore extends SnapshotStore {
  /** By stream, then by schema version. */
  private readonly streams = new Map<string, Map<number, Snapshot>>();

  /** @param clock gives `takenAt`. */
  constructor(private readonly clock: () => Date = () => new Date()) {
    super();
  }

  async load(streamId: string, schemaVersion: number, tenantId?: string): Promise<Snapshot | undefined> {
    const snapshot = this.streams.get(streamId)?.get(schemaVersion);
    if (tenantId !== undefined && snapshot?.tenantId !== tenantId) return undefined;
    return snapshot && { ...snapshot, takenAt: new Date(snapshot.takenAt) };
  }

  async save({ streamId, tenantId, version, schemaVersion, state }: Omit<Snapshot, 'takenAt'>): Promise<boolean> {
    const snapshots = this.streams.get(streamId) ?? new Map<number, Snapshot>();
    const present = snapshots.get(schemaVersion);
    if (present !== undefined && present.version >= version) return false;
    const takenAt = new Date(this.clock());
    snapshots.set(schemaVersion, { streamId, tenantId, version, schemaVersion, state, takenAt });
    this.streams.set(streamId, snapshots);
    return true;
  }

  async remove(streamId: string): Promise<void> {
    this.streams.delete(streamId);
  }
}
