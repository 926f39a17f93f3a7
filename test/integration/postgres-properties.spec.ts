import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventStoreProperties } from '../support/event-store.properties.js';
import { createPostgresStore, type PostgresStore } from '../support/postgres-store.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

describe('PostgreSQL', () => {
  let database: TestDatabase;
  let parts: PostgresStore;

  beforeAll(async () => {
    database = await createTestDatabase();
    parts = createPostgresStore(await database.connect({ extra: { max: 16 } }));
  });

  afterAll(() => database.drop());

  eventStoreProperties(
    { describe, it, expect },
    {
      name: 'PostgreSQL',
      capabilities: { transactions: true },
      create: async () => ({
        storage: parts.storage,
        transaction: (work) => parts.database.transaction(work),
        cleanup: () => Promise.resolve(),
      }),
    },
    { sequences: 60, groups: 40 },
  );
});
