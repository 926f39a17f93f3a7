import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';
import { startWorker } from './examples/scaling.js';

describe('what docs/operations/scaling.md says of a worker', () => {
  let database: TestDatabase;

  beforeEach(async () => {
    Logger.overrideLogger(false);
    database = await createTestDatabase();
    process.env.PARTITION_KEY = '1';
    process.env.TOTAL_PARTITIONS = '3';
  });

  afterEach(async () => {
    delete process.env.PARTITION_KEY;
    delete process.env.TOTAL_PARTITIONS;
    await database.drop();
  });

  it('takes its number from the environment, and leaves when it is closed', async () => {
    const [app, client] = [await startWorker(database.url), await database.client()];
    const members = async () =>
      (await client.query('select assigned_index, assigned_total from tidemark.members')).rows as unknown[];
    expect(await members()).toEqual([{ assigned_index: 1, assigned_total: 3 }]);
    await app.close();
    expect(await members()).toEqual([]);
    await client.end();
  });
});
