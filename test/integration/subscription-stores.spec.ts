import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  checkpointStoreContract,
  leaseStoreContract,
  subscriptionDirectoryContract,
} from '@tidemark/event-sourcing/testing';
import type { DataSource } from 'typeorm';
import { type PostgresDatabase, PostgresLeaseStore } from '../../libs/event-sourcing/src/database/index.js';
import {
  PostgresCheckpointStore,
  PostgresSubscriptionDirectory,
} from '../../libs/event-sourcing/src/subscriptions/index.js';
import { openDatabase } from '../support/open-database.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

describe('in PostgreSQL', () => {
  let database: TestDatabase;
  let dataSource: DataSource;

  beforeAll(async () => {
    database = await createTestDatabase();
    // Twenty contenders at once, each on a connection of its own.
    dataSource = await database.connect({ poolSize: 20 });
    await dataSource.query('create table notes (id serial, note text not null)');
  });

  afterAll(() => database.drop());

  const open = (): PostgresDatabase => openDatabase(dataSource);

  leaseStoreContract(
    { describe, it, expect },
    {
      name: 'PostgreSQL',
      create: async () => ({ store: new PostgresLeaseStore(open()), cleanup: async () => undefined }),
    },
  );

  subscriptionDirectoryContract(
    { describe, it, expect },
    {
      name: 'PostgreSQL',
      create: async () => ({ directory: new PostgresSubscriptionDirectory(open()), cleanup: async () => undefined }),
    },
  );

  checkpointStoreContract(
    { describe, it, expect },
    {
      name: 'PostgreSQL',
      capabilities: { transactions: true },
      create: async () => ({
        store: new PostgresCheckpointStore(open()),
        notes: {
          add: async (manager, note) => void (await manager?.query('insert into notes (note) values ($1)', [note])),
          all: async () => {
            const rows = await dataSource.query<{ note: string }[]>('select note from notes order by id');
            return rows.map(({ note }) => note);
          },
        },
        cleanup: async () => void (await dataSource.query('truncate notes')),
      }),
    },
  );
});
