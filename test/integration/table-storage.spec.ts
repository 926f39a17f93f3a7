import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import type { DataSource, EntityManager } from 'typeorm';
import type { EncodedAppend } from '../../libs/event-sourcing/src/event-store/index.js';
import { createPostgresStore, type PostgresStore } from '../support/postgres-store.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

const STREAMS = 40;
const EVENT = { type: 'counted', schemaVersion: 1, data: '{}', metadata: '{}' };

describe('how the tables of the store are kept', () => {
  let database: TestDatabase;
  let dataSource: DataSource;
  let parts: PostgresStore;

  beforeAll(async () => {
    database = await createTestDatabase();
    dataSource = await database.connect();
    parts = createPostgresStore(dataSource);
    await append();
  });

  afterAll(() => database.drop());

  /** One event to each stream. */
  async function append(manager?: EntityManager): Promise<void> {
    const event = () => ({ ...EVENT, id: randomUUID(), occurredAt: new Date() });
    const appends = Array.from({ length: STREAMS }, (_, n): EncodedAppend => ({
      streamId: `kept-${n}`,
      expectedVersion: 'any',
      tenantId: undefined,
      events: [event()],
    }));
    const outcomes = await parts.storage.append(appends, { atomic: true, manager });
    expect(new Set(outcomes.map(({ outcome }) => outcome))).toEqual(new Set(['appended']));
  }

  it('the head of a stream is updated within its page, and no index is touched', async () => {
    const updates = await dataSource.transaction(async (manager) => {
      await append(manager);
      const [row] = await manager.query<{ all: number; hot: number }[]>(
        `select n_tup_upd::int as all, n_tup_hot_upd::int as hot from pg_stat_xact_user_tables
         where schemaname = 'tidemark' and relname = 'streams'`,
      );
      return row;
    });
    expect(updates).toEqual({ all: STREAMS, hot: STREAMS });
  });

  it('the vacuum that comes by itself is told to come often to the events, and to freeze them at once', async () => {
    const [row] = await dataSource.query<{ reloptions: string[] }[]>(
      `select reloptions from pg_class where oid = 'tidemark.events'::regclass`,
    );
    expect(row?.reloptions.sort()).toEqual([
      'autovacuum_freeze_min_age=0',
      'autovacuum_vacuum_insert_scale_factor=0.02',
    ]);
  });
});
