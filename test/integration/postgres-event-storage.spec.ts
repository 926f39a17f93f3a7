import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { DataSource } from 'typeorm';
import { PostgresDatabase } from '../../libs/event-sourcing/src/database/index.js';
import { PostgresEventStorage, PostgresSnapshotStore } from '../../libs/event-sourcing/src/event-store/index.js';
import { eventStoreContract, snapshotStoreContract } from '../../libs/event-sourcing/src/testing/index.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

describe.each([
  { preparedStatements: true, groupCommit: {} },
  { preparedStatements: false, groupCommit: false as const },
])('PostgreSQL with %j', ({ preparedStatements, groupCommit }) => {
  let database: TestDatabase;
  let dataSource: DataSource;
  let postgres: PostgresDatabase;

  beforeAll(async () => {
    database = await createTestDatabase();
    dataSource = await database.connect({ extra: { max: 10 } });
    postgres = new PostgresDatabase(dataSource, { schema: 'tidemark', preparedStatements });
  });

  afterAll(() => database.drop());

  const cleanup = (): Promise<void> => Promise.resolve();

  eventStoreContract(
    { describe, it, expect },
    {
      name: 'PostgreSQL',
      capabilities: { transactions: true },
      create: async () => ({
        storage: new PostgresEventStorage(postgres, groupCommit),
        transaction: (work) => dataSource.transaction(work),
        cleanup,
      }),
    },
  );

  snapshotStoreContract(
    { describe, it, expect },
    { name: 'PostgreSQL', create: async () => ({ store: new PostgresSnapshotStore(postgres), cleanup }) },
  );
});
