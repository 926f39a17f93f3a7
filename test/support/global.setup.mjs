// Once per run: a PostgreSQL server, and in it a migrated template that each test file copies for itself.
import { cpSync, rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import pg from 'pg';

const root = fileURLToPath(new URL('../../', import.meta.url));

export default async function setUp() {
  rmSync(join(root, 'libs/event-sourcing/migrations'), { recursive: true, force: true });
  cpSync(join(root, 'migrations'), join(root, 'libs/event-sourcing/migrations'), { recursive: true });

  const server = process.env.TEST_DATABASE_URL === undefined ? await startEmbedded() : undefined;
  const adminUrl = process.env.TEST_DATABASE_URL ?? server.url;
  const template = `tidemark_template_${process.pid}`;
  await createTemplate(adminUrl, template);

  process.env.TIDEMARK_TEST_ADMIN_URL = adminUrl;
  process.env.TIDEMARK_TEST_TEMPLATE = template;
  globalThis.tearDownTestServer = async () => {
    if (server === undefined) await onServer(adminUrl, `drop database if exists ${template} with (force)`);
    await server?.stop();
    if (server !== undefined) rmSync(server.dataDir, { recursive: true, force: true });
  };
}

async function startEmbedded() {
  const { startEmbeddedPostgres } = await import('@tidemark/embedded-postgres');
  const folder = await mkdtemp(join(tmpdir(), 'tidemark-test-'));
  return startEmbeddedPostgres({
    dataDir: folder,
    settings: { max_connections: 300, max_prepared_transactions: 10 },
  });
}

async function createTemplate(adminUrl, template) {
  const { SchemaMigrator } = await import('@tidemark/event-sourcing');
  await onServer(adminUrl, `drop database if exists ${template} with (force)`, `create database ${template}`);
  const url = new URL(adminUrl);
  url.pathname = `/${template}`;
  await new SchemaMigrator({ type: 'postgres', url: url.href }, 'tidemark').up();
}

async function onServer(url, ...statements) {
  const client = new pg.Client({ connectionString: url });
  await client.connect().catch((cause) => {
    throw new Error(
      `The tests need a PostgreSQL server; the one of TEST_DATABASE_URL does not answer: ${cause.message}`,
    );
  });
  try {
    for (const statement of statements) await client.query(statement);
  } finally {
    await client.end();
  }
}
