import type { DataSource } from 'typeorm';
import { PostgresDatabase, type PostgresDatabaseOptions } from '../../libs/event-sourcing/src/database/index.js';

const opened = new WeakMap<DataSource, PostgresDatabase[]>();

/** The store's database as the module would make it, closed together with the DataSource by {@link closeDatabases}. */
export function openDatabase(dataSource: DataSource, options: Partial<PostgresDatabaseOptions> = {}): PostgresDatabase {
  const database = new PostgresDatabase(dataSource, { schema: 'tidemark', preparedStatements: true, ...options });
  opened.set(dataSource, [...(opened.get(dataSource) ?? []), database]);
  return database;
}

/** Closes DataSources, and before them what was opened on them. */
export async function closeDatabases(dataSources: readonly DataSource[]): Promise<void> {
  await Promise.all(dataSources.flatMap((dataSource) => opened.get(dataSource) ?? []).map((one) => one.close()));
  await Promise.all(dataSources.filter(({ isInitialized }) => isInitialized).map((one) => one.destroy()));
}
