export { DATABASE_DEFAULTS, DATABASE_OPTIONS, type DatabaseOptions } from './database.options.js';
export { DatabaseModule } from './database.module.js';
export {
  ConnectionLostError,
  ControlConnectionError,
  DatabaseUnreachableError,
  PoolTimeoutError,
  SchemaOutdatedError,
  SchemaTooNewError,
} from './errors.js';
export {
  EXPECTED_OBJECTS,
  type Right,
  type SchemaAccess,
  SchemaInspection,
  type SchemaObject,
} from './inspection/schema-inspection.js';
export { type ServerFacts, ServerInspection } from './inspection/server-inspection.js';
export { InMemoryLeaseStore } from './leases/in-memory-lease-store.js';
export { type LeaseTerm, leaseTerms } from './leases/lease-terms.js';
export { type Lease, type LeaseStatus, LeaseStore, type PartitionKey } from './leases/lease-store.js';
export { PostgresLeaseStore } from './leases/postgres-lease-store.js';
export { SchemaMigrator, type SchemaStatus } from './migrations/schema-migrator.js';
export { PostgresDatabase, type PostgresDatabaseOptions } from './postgres-database.js';
export { assertSchemaName, DEFAULT_SCHEMA } from './schema-name.js';
export { sqlStatement } from './sql-statement.js';
export { constraintOf, isConnectionError, SQLSTATE, sqlStateOf } from './sqlstate.js';
export { isDatabaseUnreachable } from './unreachable.js';
