import { randomBytes } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { DataSource } from 'typeorm';
import { closeDatabases } from './open-database.js';
import { runPsqlScript } from './psql-script.js';
import type { TestDatabase } from './test-database.js';

/** The roles of docker/postgres/roles.sql under names of their own, as roles belong to the whole server. */
export interface TestRoles {
  readonly owner: string;
  readonly app: string;
  readonly readonly: string;
  /** Runs roles.sql as the given user, by default a superuser; gives the file's path in the repository. */
  grant(url?: string): Promise<string>;
  /** Creates a user that can log in; gives the database's URL with its name. */
  user(name: string, attributes: string): Promise<string>;
  asAdmin(...statements: string[]): Promise<void>;
  /** A DataSource of a user; closed with the roles. */
  connect(url: string): Promise<DataSource>;
  /** Drops roles and users with all that they own in the database. */
  drop(): Promise<void>;
}

const ROOT = new URL('../../', import.meta.url);
const ROLES_SQL = 'docker/postgres/roles.sql';

/** @param schema of the store that the roles are for. */
export function createTestRoles(database: TestDatabase, schema: string): TestRoles {
  const prefix = `tidemark_test_${process.pid}_${randomBytes(3).toString('hex')}`;
  const names = { owner: `${prefix}_owner`, app: `${prefix}_app`, readonly: `${prefix}_readonly` };
  const users: string[] = [];
  const dataSources: DataSource[] = [];
  const asAdmin = async (...statements: string[]): Promise<void> => {
    const client = await database.client();
    try {
      for (const statement of statements) await client.query(statement);
    } finally {
      await client.end();
    }
  };
  return {
    ...names,
    asAdmin,
    async grant(url = database.url) {
      const client = new pg.Client({ connectionString: url });
      await client.connect();
      try {
        await runPsqlScript(client, fileURLToPath(new URL(ROLES_SQL, ROOT)), { ...names, schema });
        return ROLES_SQL;
      } finally {
        await client.end();
      }
    },
    async user(name, attributes) {
      const url = new URL(database.url);
      url.username = `${prefix}_${name}`;
      url.password = 'secret';
      await asAdmin(`create role ${url.username} login password 'secret' ${attributes}`);
      users.push(url.username);
      return url.href;
    },
    async connect(url) {
      const dataSource = new DataSource({ type: 'postgres', url, poolSize: 4 });
      dataSources.push(dataSource);
      return dataSource.initialize();
    },
    async drop() {
      await closeDatabases(dataSources);
      const client = await database.client();
      const created = [...users, ...Object.values(names)];
      const { rows } = await client.query<{ rolname: string }>(
        'select rolname from pg_roles where rolname = any ($1)',
        [created],
      );
      await client.end();
      for (const { rolname } of rows) await asAdmin(`drop owned by ${rolname} cascade`, `drop role ${rolname}`);
    },
  };
}
