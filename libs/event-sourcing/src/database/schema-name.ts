import { InvalidArgumentError } from '../core/index.js';

/** Where Tidemark's tables live if nothing is said. */
export const DEFAULT_SCHEMA = 'tidemark';

/** Refuses what PostgreSQL would truncate or not take as the name of a schema. */
export function assertSchemaName(schema: string): void {
  if (/^[A-Za-z_][A-Za-z0-9_$]{0,62}$/.test(schema) && !/^pg_/i.test(schema)) return;
  throw new InvalidArgumentError(
    'schema',
    `The schema name '${schema}' is not usable: give 1 to 63 letters, digits or underscores, no digit first, not 'pg_…'.`,
  );
}

/** The name as an SQL identifier. The only place where a schema name becomes SQL. */
export function quoteSchema(schema: string): string {
  assertSchemaName(schema);
  return `"${schema}"`;
}
