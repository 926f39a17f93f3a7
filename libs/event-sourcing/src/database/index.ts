export { DATABASE_DEFAULTS, DATABASE_OPTIONS, type DatabaseOptions } from './database.options.js';
export { DatabaseModule } from './database.module.js';
export {
  ConnectionLostError,
  ControlConnectionError,
  DatabaseUnreachableError,
  SchemaOutdatedError,
  SchemaTooNewError,
} from './errors.js';
export { type Lease, type LeaseStatus, LeaseStore, type PartitionKey } from './leases/lease-store.js';
export { PostgresLeaseStore } from './leases/postgres-lease-store.js';
export { SchemaMigrator, type SchemaStatus } from './migrations/schema-migrator.js';
export { PostgresDatabase, type PostgresDatabaseOptions } from './postgres-database.js';
export { assertSchemaName } from './schema-name.js';
export { sqlStatement } from './sql-statement.js';
export { constraintOf, isConnectionError, SQLSTATE, sqlStateOf } from './sqlstate.js';
