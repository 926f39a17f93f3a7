import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import type { DataSource } from 'typeorm';
import { type EncodedEvent, NewEvent } from '../../libs/event-sourcing/src/core/index.js';
import {
  type AppendOutcome,
  DuplicateEventError,
  type EncodedAppend,
} from '../../libs/event-sourcing/src/event-store/index.js';
import { Counted, createPostgresStore, type PostgresStore } from '../support/postgres-store.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

function encoded(id: string = randomUUID(), data = '{}'): EncodedEvent {
  return { id, type: 'counted', schemaVersion: 1, data, metadata: '{}', occurredAt: new Date() };
}

function appendOf(streamId: string, ...events: EncodedEvent[]): EncodedAppend {
  return { streamId, expectedVersion: 'any', tenantId: undefined, events };
}

describe('appending to PostgreSQL, many at once', () => {
  let database: TestDatabase;
  let dataSource: DataSource;
  let parts: PostgresStore;
  /** A second pool, as another process would have. */
  let others: PostgresStore;

  beforeAll(async () => {
    database = await createTestDatabase();
    dataSource = await database.connect({ extra: { max: 20 } });
    parts = createPostgresStore(dataSource);
    others = createPostgresStore(await database.connect({ extra: { max: 20 } }));
  });

  afterAll(() => database.drop());

  async function versionsOf(streamId: string): Promise<number[]> {
    const page = await parts.storage.readStream({
      streamId,
      fromVersion: 1,
      toVersion: 1_000_000,
      direction: 'forwards',
      limit: 100_000,
    });
    return page.map(({ version }) => version);
  }

  it('never deadlocks where batches of two processes name the same streams in different orders', async () => {
    const streams = Array.from({ length: 12 }, (_, n) => `cross-${n}`);
    const batches = Array.from({ length: 120 }, (_, n) => {
      const names = shuffled(streams).slice(0, 8);
      const { storage, database: own } = n % 2 === 0 ? parts : others;
      // In a transaction of the caller nothing is tried again, so that a deadlock would show.
      return own.transaction((manager) =>
        storage.append(
          names.map((name) => appendOf(name, encoded(), encoded())),
          { atomic: n % 3 === 0, manager },
        ),
      );
    });
    const outcomes = (await Promise.all(batches)).flat();
    expect(outcomes.every(({ outcome }) => outcome === 'appended')).toBe(true);
    const versions = await Promise.all(streams.map(versionsOf));
    for (const found of versions) expect(found).toEqual(found.map((_, index) => index + 1));
    expect(versions.flat()).toHaveLength(120 * 8 * 2);
  });

  it('lets one of two batches that create the same streams wait for the other', async () => {
    for (let round = 0; round < 30; round++) {
      const names = Array.from({ length: 6 }, (_, n) => `new-${round}-${n}`);
      const create = (one: PostgresStore, order: string[]): Promise<readonly AppendOutcome[]> =>
        one.storage.append(
          order.map((streamId) => ({ ...appendOf(streamId, encoded()), expectedVersion: 'noStream' as const })),
          { atomic: true },
        );
      const [first, second] = await Promise.all([create(parts, names), create(others, [...names].reverse())]);
      const kinds = [first, second].map((outcomes) => [...new Set(outcomes.map(({ outcome }) => outcome))].join());
      expect(kinds.sort()).toEqual(['appended', 'conflict']);
    }
  });

  it('answers an append whose acknowledgement was lost just as the first time', async () => {
    const event = new NewEvent(new Counted(1, 1), { id: randomUUID() });
    // The connection breaks off after the commit and before the answer: the caller sees an error, the events are there.
    const lost = dataSource.transaction(async (manager) => {
      await parts.store.append('lost-1', [event], { manager, expectedVersion: 'noStream' });
      await manager.query('commit');
      await manager.query('select pg_terminate_backend(pg_backend_pid())');
    });
    await expect(lost).rejects.toThrow();
    const again = await parts.store.append('lost-1', [event], { expectedVersion: 'noStream' });
    expect(again).toMatchObject({ repeated: true, version: 1 });
    expect(await versionsOf('lost-1')).toEqual([1]);
  });

  it('stores the same append once, however many processes repeat it at the same time', async () => {
    const event = new NewEvent(new Counted(1, 1), { id: randomUUID() });
    const results = await Promise.all(
      Array.from({ length: 20 }, (_, n) => (n % 2 ? parts : others).store.append('same-1', [event])),
    );
    expect(results.filter(({ repeated }) => !repeated)).toHaveLength(1);
    expect(new Set(results.map(({ position }) => position)).size).toBe(1);
    expect(await versionsOf('same-1')).toEqual([1]);
  });

  it('gives an id that two streams want at the same time to one, and the other its own error', async () => {
    const event = new NewEvent(new Counted(1, 1), { id: randomUUID() });
    const results = await Promise.allSettled(
      Array.from({ length: 10 }, (_, n) => (n % 2 ? parts : others).store.append(`wanted-${n}`, [event])),
    );
    const winners = results.filter(({ status }) => status === 'fulfilled');
    const reasons = results.flatMap((result) => (result.status === 'rejected' ? [result.reason as unknown] : []));
    expect(winners).toHaveLength(1);
    expect(reasons).toHaveLength(9);
    for (const reason of reasons) expect(reason).toBeInstanceOf(DuplicateEventError);
  });

  it('lets an append of a batch fail alone where another process is just writing its id', async () => {
    const id = randomUUID();
    const queryRunner = dataSource.createQueryRunner();
    await queryRunner.startTransaction();
    await parts.storage.append([appendOf('holder-1', encoded(id))], { atomic: true, manager: queryRunner.manager });
    const batch = others.storage.append(
      [appendOf('alone-1', encoded()), appendOf('alone-2', encoded(id)), appendOf('alone-3', encoded())],
      { atomic: false },
    );
    await waitingForALock();
    await queryRunner.commitTransaction();
    await queryRunner.release();
    expect(await batch).toMatchObject([
      { outcome: 'appended' },
      { outcome: 'duplicate', eventId: id, existingStreamId: 'holder-1' },
      { outcome: 'appended' },
    ]);
    expect(await parts.storage.streamVersion('alone-2')).toBe(0);
  });

  it('tells the caller of a transaction about a duplicate in flight by its own error', async () => {
    const id = randomUUID();
    const queryRunner = dataSource.createQueryRunner();
    await queryRunner.startTransaction();
    const event = new NewEvent(new Counted(1, 1), { id });
    await parts.store.append('flight-1', [event], { manager: queryRunner.manager });
    const late = others.database.dataSource.transaction((manager) =>
      others.store.append('flight-2', [event], { manager }),
    );
    const failure = late.catch((error: unknown) => error);
    await waitingForALock();
    await queryRunner.commitTransaction();
    await queryRunner.release();
    expect(await failure).toBeInstanceOf(DuplicateEventError);
  });

  async function waitingForALock(): Promise<void> {
    for (;;) {
      const waiting = await dataSource.query<unknown[]>(
        "select 1 from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()",
      );
      if (waiting.length > 0) return;
    }
  }
});

function shuffled<T>(values: readonly T[]): T[] {
  return values
    .map((value) => ({ value, key: Math.random() }))
    .sort((a, b) => a.key - b.key)
    .map(({ value }) => value);
}
