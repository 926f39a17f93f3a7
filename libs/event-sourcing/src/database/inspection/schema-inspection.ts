import type { PostgresDatabase } from '../postgres-database.js';
import { MISSING_RIGHTS, SCHEMA_ACCESS, SCHEMA_OBJECTS } from './inspection.sql.js';

/** Part of a schema. */
export interface SchemaObject {
  readonly kind: 'table' | 'index' | 'trigger' | 'function';
  readonly name: string;
}

/** How a schema differs from what the migrations make. */
export interface SchemaDamage {
  readonly missing: readonly SchemaObject[];
  /** Indexes that are invalid, as a failed `create index concurrently` leaves them, and triggers that are switched off. */
  readonly unusable: readonly SchemaObject[];
}

/** A right on a table, sequence or function that an app needs. */
export interface Right {
  readonly name: string;
  readonly right: 'select' | 'insert' | 'update' | 'delete' | 'execute';
}

/** What the current user may do in the schema. */
export interface SchemaAccess {
  readonly usage: boolean;
  /** Whether it may act as the owner of the events table, as a superuser may. */
  readonly isOwner: boolean;
  /** Whether it has a right to change recorded events, which their trigger refuses still. */
  readonly mayChangeEvents: boolean;
  /** What the role `app` of docker/postgres/roles.sql has and this user has not. */
  readonly missing: readonly Right[];
}

/** What the migrations make, by kind; held against a migrated schema by a test. */
export const EXPECTED_OBJECTS: Readonly<Record<SchemaObject['kind'], readonly string[]>> = Object.freeze({
  table: [
    'checkpoints',
    'dead_letters',
    'events',
    'leases',
    'members',
    'migrations',
    'snapshots',
    'streams',
    'subscriptions',
  ],
  index: [
    'checkpoints_pkey',
    'dead_letters_closed',
    'dead_letters_closed_count',
    'dead_letters_event',
    'dead_letters_open',
    'dead_letters_pkey',
    'dead_letters_redriving',
    'events_event_id',
    'events_pkey',
    'events_stream_version',
    'leases_pkey',
    'members_pkey',
    'snapshots_pkey',
    'streams_pkey',
    'subscriptions_pkey',
  ],
  trigger: ['events_append_only', 'events_bare_insert'],
  function: [
    'append_event',
    'append_events',
    'append_events_with_care',
    'append_repetition',
    'feed_horizon',
    'hold_horizon',
    'last_event_position',
    'lock_streams',
    'make_heads',
    'move_head',
    'move_heads',
    'move_old_heads',
    'refuse_bare_insert',
    'refuse_event_change',
    'signed32',
  ],
});

/** Looks at the schema of a store: what of it is missing, and what the user may do there. Needs no right on any table. */
export class SchemaInspection {
  constructor(private readonly database: PostgresDatabase) {}

  async damage(): Promise<SchemaDamage> {
    const found = await this.database.query<SchemaObject & { usable: boolean }>(SCHEMA_OBJECTS, [this.database.schema]);
    const expected = (Object.keys(EXPECTED_OBJECTS) as SchemaObject['kind'][]).flatMap((kind) =>
      EXPECTED_OBJECTS[kind].map((name): SchemaObject => ({ kind, name })),
    );
    const usable = (wanted: SchemaObject): boolean | undefined =>
      found.find(({ kind, name }) => kind === wanted.kind && name === wanted.name)?.usable;
    return {
      missing: expected.filter((wanted) => usable(wanted) === undefined),
      unusable: expected.filter((wanted) => usable(wanted) === false),
    };
  }

  /** `undefined` where there is no such schema. */
  async access(): Promise<SchemaAccess | undefined> {
    const { schema } = this.database;
    const [access] = await this.database.query<Omit<SchemaAccess, 'missing'>>(SCHEMA_ACCESS, [schema]);
    return access && { ...access, missing: await this.database.query<Right>(MISSING_RIGHTS, [schema]) };
  }
}
