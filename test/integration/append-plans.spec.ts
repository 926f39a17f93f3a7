import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { DataSource, EntityManager } from 'typeorm';
import type { EncodedEvent } from '../../libs/event-sourcing/src/core/index.js';
import type { EncodedAppend } from '../../libs/event-sourcing/src/event-store/index.js';
import { createPostgresStore, type PostgresStore } from '../support/postgres-store.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

/** As many runs as PostgreSQL plans anew before it keeps a plan, and some more. */
const RUNS = 8;

function encoded(): EncodedEvent {
  return { id: randomUUID(), type: 'counted', schemaVersion: 1, data: '{}', metadata: '{}', occurredAt: new Date() };
}

// Of a table of a few rows the planner would rather read all: what it plans now, a connection keeps when the table has grown.
describe('the plans of an append on a small store', () => {
  let database: TestDatabase;
  let dataSource: DataSource;
  let parts: PostgresStore;

  beforeAll(async () => {
    database = await createTestDatabase();
    dataSource = await database.connect({ extra: { max: 1 } });
    parts = createPostgresStore(dataSource);
    for (let n = 0; n < 20; n++) await append(`few-${n}`);
    await dataSource.query('analyze tidemark.streams, tidemark.events');
  });

  afterAll(() => database.drop());

  const appendOf = (streamId: string, events: number): EncodedAppend => ({
    streamId,
    expectedVersion: 'any',
    tenantId: undefined,
    events: Array.from({ length: events }, encoded),
  });
  const append = (streamId: string, manager?: EntityManager, events = 1) =>
    parts.storage.append([appendOf(streamId, events)], { atomic: true, manager });

  /** How often work on the one connection reads a whole table, once its plans are kept. */
  async function fullScans(work: (manager: EntityManager) => Promise<unknown>): Promise<number> {
    for (let run = 0; run < RUNS; run++) await dataSource.transaction(work);
    return dataSource.transaction(async (manager) => {
      await work(manager);
      const [row] = await manager.query<{ scans: string }[]>(
        `select sum(seq_scan) as scans from pg_stat_xact_user_tables
         where schemaname = 'tidemark' and relname in ('streams', 'events')`,
      );
      return Number(row?.scans);
    });
  }

  it.each<[string, (manager: EntityManager) => Promise<unknown>]>([
    ['one event', (manager) => append('few-1', manager)],
    ['one event of a new stream', (manager) => append(`new-${randomUUID()}`, manager)],
    ['several events', (manager) => append('few-2', manager, 3)],
    [
      'several streams',
      (manager) => {
        const streams = ['few-3', 'few-4', `new-${randomUUID()}`];
        return parts.storage.append(
          streams.map((streamId) => appendOf(streamId, 1)),
          { atomic: true, manager },
        );
      },
    ],
  ])('read no whole table: %s', async (_what, work) => {
    expect(await fullScans(work)).toBe(0);
  });

  it('are looked at by something that sees a whole table read', async () => {
    expect(await fullScans((manager) => manager.query('select count(data) from tidemark.events'))).toBeGreaterThan(0);
  });
});
