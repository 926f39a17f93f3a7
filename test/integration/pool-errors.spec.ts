import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Pool, PoolClient } from 'pg';
import type { DataSource } from 'typeorm';
import { openDatabase } from '../support/open-database.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

type Borrowed = (error: Error | undefined, client: PoolClient, release: (error?: Error) => void) => void;

describe('a connection that the server ends at the moment in which it is lent', () => {
  let database: TestDatabase;
  let dataSource: DataSource;

  beforeEach(async () => {
    database = await createTestDatabase();
    dataSource = await database.connect();
  });

  afterEach(() => database.drop());

  it('does not end the process', async () => {
    openDatabase(dataSource);
    const pool = (dataSource.driver as unknown as { master: Pool }).master;
    const connect = pool.connect.bind(pool) as (borrowed: Borrowed) => void;
    const errors: unknown[] = [];
    // TypeORM asks with a callback, makes a promise of it, and listens only when that has resolved.
    pool.connect = ((borrowed: Borrowed) =>
      connect((error, client, release) => {
        borrowed(error, client, release);
        try {
          client.emit('error', new Error('terminating connection due to administrator command'));
        } catch (unheard) {
          errors.push(unheard);
        }
      })) as typeof pool.connect;
    expect(await dataSource.query('select 1 as one')).toEqual([{ one: 1 }]);
    expect(errors).toEqual([]);
  });
});
