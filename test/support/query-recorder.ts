import type { Logger } from 'typeorm';

/** Records the text of every query of the DataSources that are made with its options. */
export function recordQueries(): {
  readonly queries: ReadonlySet<string>;
  readonly options: { readonly logger: Logger; readonly logging: ['query'] };
} {
  const queries = new Set<string>();
  const nothing = (): void => undefined;
  const logger: Logger = {
    logQuery: (query) => void queries.add(query),
    logQueryError: nothing,
    logQuerySlow: nothing,
    logSchemaBuild: nothing,
    logMigration: nothing,
    log: nothing,
  };
  return { queries, options: { logger, logging: ['query'] } };
}
