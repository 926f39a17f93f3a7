import type { PostgresDatabase } from '../../database/index.js';
import { type Snapshot, SnapshotStore } from '../snapshot-store.js';
import { LOAD_SNAPSHOT, REMOVE_SNAPSHOTS, SAVE_SNAPSHOT } from './snapshot.sql.js';

interface SnapshotRow {
  readonly stream_id: string;
  readonly tenant_id: string | null;
  readonly schema_version: number;
  readonly version: number;
  readonly state: string;
  readonly taken_at: Date;
}

/** Keeps snapshots in PostgreSQL. */
export class PostgresSnapshotStore extends SnapshotStore {
  constructor(private readonly database: PostgresDatabase) {
    super();
  }

  async load(streamId: string, schemaVersion: number, tenantId?: string): Promise<Snapshot | undefined> {
    const values = [streamId, schemaVersion, tenantId ?? null];
    const [row] = await this.database.query<SnapshotRow>(LOAD_SNAPSHOT, values);
    if (row === undefined) return undefined;
    const { version, state, taken_at: takenAt } = row;
    return { streamId, tenantId: row.tenant_id ?? undefined, schemaVersion, version, state, takenAt };
  }

  async save({ streamId, tenantId, schemaVersion, version, state }: Omit<Snapshot, 'takenAt'>): Promise<boolean> {
    const values = [streamId, schemaVersion, version, state, tenantId ?? null];
    const rows = await this.database.query(SAVE_SNAPSHOT, values);
    return rows.length > 0;
  }

  async remove(streamId: string): Promise<void> {
    await this.database.query(REMOVE_SNAPSHOTS, [streamId]);
  }
}
