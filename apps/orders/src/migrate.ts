import 'reflect-metadata';
import { SchemaMigrator } from '@tidemark/event-sourcing';
import { hostname } from 'node:os';
import { readConfig } from './config/app.config.js';
import { Database } from './database/database.js';
import { typeOrmOptions } from './database/typeorm.options.js';

// The step of a deployment that comes before the new processes: both schemas are brought up to date, by a role that may do
// so. The app itself finds nothing left to do, and needs no such right.
async function migrate(): Promise<void> {
  const database = await Database.open(readConfig(process.env, hostname()));
  if (database === undefined) throw new Error('STORE=memory has nothing to migrate.');
  try {
    const options = typeOrmOptions(database.connection);
    const done = await new SchemaMigrator(options, 'tidemark').up();
    await database.connect(options);
    console.log(done.length === 0 ? 'The schema is up to date.' : `Migrated: ${done.join(', ')}`);
  } finally {
    await database.close();
  }
}

try {
  await migrate();
} catch (error) {
  // Only the message: what hangs on an error may hold the connection string.
  console.error(`migrate: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}
