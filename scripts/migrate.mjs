// Brings the schema of a database up to date, one migration down, or tells where it stands. npm run migrate -- --help
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { databaseFromEnvironment, SchemaMigrator } from '@tidemark/event-sourcing';

const USAGE = `usage: npm run migrate -- [up | down | status] [--schema <name>] [--json]

  up      run all pending migrations (default)
  down    take back the newest migration, and the data of its tables with it
  status  tell which migrations are applied, pending or unknown to this release

  --schema <name>  schema of the store (default: tidemark)
  --json           status as JSON; for nothing but JSON: npm run --silent migrate -- status --json

DATABASE_URL says which database, DATABASE_SSL_MODE and DATABASE_SSL_CA how to know its server. Without a URL, it is
the sample app's own server, on the folder TIDEMARK_DATA_DIR (default: .data/postgres), which must not be in use.`;

const commands = {
  async up(migrator, { schema }) {
    const done = await migrator.up();
    console.log(
      done.length === 0 ? `Schema '${schema}' is up to date.` : `Schema '${schema}' migrated: ${done.join(', ')}`,
    );
  },
  async down(migrator, { schema }) {
    const name = await migrator.down();
    console.log(
      name === undefined ? `Schema '${schema}' has no migrations.` : `Schema '${schema}': ${name} taken back.`,
    );
  },
  async status(migrator, { schema, json }) {
    const status = await migrator.status();
    if (json) return console.log(JSON.stringify({ schema, ...status }, null, 2));
    console.log(`Schema '${schema}'`);
    for (const [state, names] of Object.entries(status)) console.log(`  ${state}: ${names.join(', ') || '-'}`);
  },
};

async function main() {
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: {
      schema: { type: 'string', default: 'tidemark' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) return console.log(USAGE);
  const [command = 'up', ...more] = positionals;
  if (!Object.hasOwn(commands, command) || more.length > 0) {
    throw new Error(`'${positionals.join(' ')}' is no command.\n\n${USAGE}`);
  }
  const server = process.env.DATABASE_URL?.trim() ? givenServer() : await startOwnServer();
  try {
    await commands[command](new SchemaMigrator(server.connection, values.schema), values);
  } finally {
    await server.stop();
  }
}

function givenServer() {
  return { connection: databaseFromEnvironment(process.env), stop() {} };
}

async function startOwnServer() {
  const { startEmbeddedPostgres } = await import('@tidemark/embedded-postgres');
  const dataDir = resolve(process.env.TIDEMARK_DATA_DIR || '.data/postgres');
  console.error(`DATABASE_URL is not set: working on the sample app's data in ${dataDir}`);
  const server = await startEmbeddedPostgres({ dataDir });
  return { connection: { type: 'postgres', url: server.url }, stop: () => server.stop() };
}

// Only the message: what hangs on an error may hold the connection string.
main().catch((error) => {
  console.error(`migrate: ${error.message || error.code || error}`);
  process.exitCode = 1;
});
