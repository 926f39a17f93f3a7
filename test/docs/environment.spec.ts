import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';
import { migrateBilling, prefixOf, startBilling } from './examples/environment.js';

describe('what docs/operations/configuration.md says of the environment', () => {
  let database: TestDatabase;

  beforeEach(async () => {
    database = await createTestDatabase('empty');
  });

  afterEach(() => database.drop());

  it('migrates and starts an app by it', async () => {
    const environment = { DATABASE_URL: database.url, PORT: '0', TOTAL_PARTITIONS: '2', PARTITION_KEY: '1' };
    expect((await migrateBilling(environment)).length).toBeGreaterThan(0);
    const app = await startBilling(environment);
    const client = await database.client();
    const { rows } = await client.query(
      `select application_name as name from pg_stat_activity
       where datname = current_database() and pid <> pg_backend_pid() group by 1 order by 1`,
    );
    expect(rows).toEqual([{ name: 'billing' }, { name: 'tidemark control' }]);
    await app.close();
    await client.end();
  });

  it('refuses to start, and says all that is wrong', async () => {
    const started = startBilling({ DATABASE_URL: database.url, PORT: 'http', BATCH_SIZE: '0' });
    await expect(started).rejects.toThrow(/2 things are wrong:\n {2}- PORT must be .*\n {2}- BATCH_SIZE must be /);
  });

  it('reads what the app has of its own', () => {
    expect(prefixOf({})).toBe('INV');
    expect(prefixOf({ INVOICE_PREFIX: 'BILL' })).toBe('BILL');
    expect(() => prefixOf({ INVOICE_PREFIX: 'bill' })).toThrow('INVOICE_PREFIX must be two to four capital letters.');
  });
});
