import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { DataSource, type DataSourceOptions } from 'typeorm';
import { closeDatabases } from './open-database.js';

/** A database of its own for a test file, copied from the migrated template. */
export interface TestDatabase {
  readonly url: string;
  /** A further DataSource on this database; closed with it. */
  connect(options?: Partial<DataSourceOptions>): Promise<DataSource>;
  /** A bare connection; the test ends it. */
  client(): Promise<pg.Client>;
  /** Drops the database, and fails where the test left a connection open. */
  drop(): Promise<void>;
}

/** @param from `template`: with Tidemark's schema; `empty`: with nothing. */
export async function createTestDatabase(from: 'template' | 'empty' = 'template'): Promise<TestDatabase> {
  const name = `tidemark_test_${process.pid}_${randomBytes(4).toString('hex')}`;
  const adminUrl = environment('TIDEMARK_TEST_ADMIN_URL');
  const template = from === 'template' ? ` template ${environment('TIDEMARK_TEST_TEMPLATE')}` : '';
  await onServer(adminUrl, `create database ${name}${template}`);
  const url = new URL(adminUrl);
  url.pathname = `/${name}`;
  const dataSources: DataSource[] = [];
  return {
    url: url.href,
    async connect(options = {}) {
      const dataSource = new DataSource({ type: 'postgres', url: url.href, ...options } as DataSourceOptions);
      dataSources.push(dataSource);
      return dataSource.initialize();
    },
    async client() {
      const client = new pg.Client({ connectionString: url.href });
      await client.connect();
      return client;
    },
    async drop() {
      await closeDatabases(dataSources);
      const left = await connectionsLeft(adminUrl, name);
      await onServer(adminUrl, `drop database ${name} with (force)`);
      if (left.length > 0) throw new Error(`connections left open on ${name}: ${left.join('; ')}`);
    },
  };
}

function environment(name: string): string {
  const value = process.env[name];
  if (value === undefined) throw new Error(`${name} is not set; run the tests through npm`);
  return value;
}

// A closed connection stays in the statistics for a moment, until its backend has ended.
async function connectionsLeft(adminUrl: string, database: string): Promise<string[]> {
  const client = new pg.Client({ connectionString: adminUrl });
  await client.connect();
  try {
    const deadline = Date.now() + 5_000;
    for (;;) {
      const { rows } = await client.query<{ query: string }>(
        "select left(query, 100) as query from pg_stat_activity where datname = $1 and backend_type = 'client backend'",
        [database],
      );
      if (rows.length === 0 || Date.now() > deadline) return rows.map(({ query }) => query);
    }
  } finally {
    await client.end();
  }
}

async function onServer(url: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
