/** The state of an aggregate at one version of its stream. */
export interface Snapshot {
  readonly streamId: string;
  /** Tenant of the stream; `undefined` where it has none. */
  readonly tenantId?: string;
  /** Version of the stream that the state includes. */
  readonly version: number;
  /** Schema version of the state; a change of the class' shape raises it. */
  readonly schemaVersion: number;
  /** JSON text of the state. */
  readonly state: string;
  readonly takenAt: Date;
}

/** The port to what keeps snapshots. Behaviour: `snapshotStoreContract` of the testing entry. */
export abstract class SnapshotStore {
  /**
   * The newest snapshot of a stream at this schema version, `undefined` where there is none. With a `tenantId` a snapshot
   * of another tenant's stream, or of a stream of none, is as if it were not there.
   */
  abstract load(streamId: string, schemaVersion: number, tenantId?: string): Promise<Snapshot | undefined>;

  /** Keeps a snapshot; does nothing, and says `false`, where one of the same schema version is as new or newer. */
  abstract save(snapshot: Omit<Snapshot, 'takenAt'>): Promise<boolean>;

  /** Removes all snapshots of a stream; it will be replayed. */
  abstract remove(streamId: string): Promise<void>;
}
