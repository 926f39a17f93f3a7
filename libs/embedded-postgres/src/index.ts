export type { EmbeddedPostgresOptions } from './embedded-postgres.options.js';
export { EmbeddedPostgresError, type EmbeddedPostgresErrorCode } from './errors.js';
export { startEmbeddedPostgres, type EmbeddedPostgres } from './start-embedded-postgres.js';
