import { safeErrorOf } from '../logging/index.js';
import { EXPECTED_OBJECTS, type PostgresDatabase } from '../database/index.js';
import { type DatabaseHealth, WELL } from './health-report.js';
import { LAST_MIGRATION, PRESENT_TABLES } from './postgres/health.sql.js';

const { table: TABLES } = EXPECTED_OBJECTS;
const NOT_ASKED = { latencyMs: undefined, tables: undefined, schemaVersion: undefined, pool: undefined };

/** Asks the database whether it is there, and has the tables. Never throws. @param database `null` with the store `memory`. */
export async function checkDatabase(database: PostgresDatabase | null): Promise<DatabaseHealth> {
  if (database === null) return { ...WELL, ...NOT_ASKED };
  const pool = database.poolUse();
  try {
    const startedAt = performance.now();
    const rows = await database.query<{ name: string }>(PRESENT_TABLES, [TABLES, database.schema]);
    const latencyMs = Math.round((performance.now() - startedAt) * 10) / 10;
    const present = rows.map(({ name }) => name);
    const missing = TABLES.filter((table) => !present.includes(table));
    const tables = { present: present.length, missing };
    if (missing.length > 0) {
      const reasons = [`tables are missing in schema '${database.schema}': ${missing.join(', ')}`];
      return { status: 'critical', reasons, latencyMs, tables, schemaVersion: undefined, pool };
    }
    const [last] = await database.query<{ name: string }>(LAST_MIGRATION);
    return { ...WELL, latencyMs, tables, schemaVersion: last?.name, pool };
  } catch (error) {
    return unanswered(safeErrorOf(error).message, database);
  }
}

/** What is to be said of a database that does not answer. */
export function unanswered(why: string, database: PostgresDatabase | null): DatabaseHealth {
  const pool = database?.poolUse();
  return { ...NOT_ASKED, status: 'critical', reasons: [`the database does not answer: ${why}`], pool };
}
