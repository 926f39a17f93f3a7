import { type DynamicModule, Global, Module } from '@nestjs/common';
import { getDataSourceToken } from '@nestjs/typeorm';
import type { DataSource } from 'typeorm';
import { ConfigurationError } from '../core/index.js';
import { FactLog } from '../logging/index.js';
import { DATABASE_UNREACHABLE, SCHEMA_MIGRATED } from './database.facts.js';
import {
  DATABASE_DEFAULTS,
  DATABASE_OPTIONS,
  type DatabaseOptions,
  type ResolvedDatabaseOptions,
} from './database.options.js';
import { InMemoryLeaseStore } from './leases/in-memory-lease-store.js';
import { LeaseStore } from './leases/lease-store.js';
import { PostgresLeaseStore } from './leases/postgres-lease-store.js';
import { SchemaMigrator } from './migrations/schema-migrator.js';
import { PostgresDatabase } from './postgres-database.js';
import { oncePossible } from './start-patience.js';

/** Gives the other rooms the database, migrated, and its leases; `null` for {@link PostgresDatabase} with the memory store. */
@Global()
@Module({})
export class DatabaseModule {
  /**
   * @param options module that exports {@link DATABASE_OPTIONS}.
   * @param dataSourceName name of the TypeORM DataSource; the default one where it is `undefined`.
   */
  static register(options: DynamicModule, dataSourceName?: string): DynamicModule {
    return {
      module: DatabaseModule,
      imports: [options],
      providers: [
        {
          provide: PostgresDatabase,
          inject: [DATABASE_OPTIONS, { token: getDataSourceToken(dataSourceName), optional: true }],
          useFactory: openDatabase,
        },
        {
          provide: LeaseStore,
          inject: [PostgresDatabase],
          useFactory: (database: PostgresDatabase | null) =>
            database === null ? new InMemoryLeaseStore() : new PostgresLeaseStore(database),
        },
      ],
      exports: [PostgresDatabase, LeaseStore],
    };
  }
}

async function openDatabase(given: DatabaseOptions, dataSource?: DataSource): Promise<PostgresDatabase | null> {
  const options = { ...DATABASE_DEFAULTS, ...given };
  if (options.store === 'memory') return null;
  if (dataSource === undefined) {
    throw new ConfigurationError([
      "there is no TypeORM DataSource. Import TypeOrmModule.forRoot({ type: 'postgres', … }) beside " +
        "EventSourcingModule.forRoot(), name the right one as 'dataSource', or set store: 'memory'.",
    ]);
  }
  const database = new PostgresDatabase(dataSource, options);
  const log = new FactLog();
  await oncePossible(() => prepareSchema(dataSource, options, log), {
    timeoutMs: options.startupTimeoutMs,
    onFailure: (error, retryInMs) => log.write(DATABASE_UNREACHABLE, { retryInMs: Math.round(retryInMs), error }),
  });
  return database;
}

async function prepareSchema({ options }: DataSource, { schema, migrate }: ResolvedDatabaseOptions, log: FactLog) {
  const migrator = new SchemaMigrator(options, schema);
  if (!migrate) return migrator.verify();
  const executed = await migrator.up();
  if (executed.length > 0) log.write(SCHEMA_MIGRATED, { schema, migrations: executed });
}
