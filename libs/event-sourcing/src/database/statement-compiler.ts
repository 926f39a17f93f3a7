import { createHash } from 'node:crypto';
import { COLUMN_TYPES } from './column-types.js';
import { quoteSchema } from './schema-name.js';
import type { SqlStatement } from './sql-statement.js';

/** PostgreSQL cuts the names of statements and channels here, in bytes. */
const LONGEST_NAME = 63;

/** A statement as `pg` takes it. Its own type, so that our declarations do not ask users for those of `pg`. */
export interface CompiledStatement {
  readonly text: string;
  readonly values: unknown[];
  readonly types: typeof COLUMN_TYPES;
  /** That of the prepared statement. */
  readonly name?: string;
}

/** Turns statements into what `pg` takes: in one schema, by name where they are to be prepared, with our own column types. */
export class StatementCompiler {
  private readonly quotedSchema: string;
  private readonly compiled = new Map<SqlStatement, { text: string; name: string }>();

  constructor(
    private readonly schema: string,
    private readonly preparedStatements: boolean,
  ) {
    this.quotedSchema = quoteSchema(schema);
  }

  compile(statement: SqlStatement, values: readonly unknown[]): CompiledStatement {
    const { text, name } = this.named(statement);
    return { text, values: [...values], types: COLUMN_TYPES, ...(this.preparedStatements && { name }) };
  }

  private named(statement: SqlStatement): { text: string; name: string } {
    let named = this.compiled.get(statement);
    if (named === undefined) {
      // Two stores may share a connection, so a prepared statement belongs to a schema.
      const name = nameInSchema(`${statement.name}@`, this.schema);
      named = { text: statement.text.replaceAll('{schema}', () => this.quotedSchema), name };
      this.compiled.set(statement, named);
    }
    return named;
  }
}

/** `prefix` and the schema, or its hash where PostgreSQL would cut the name. */
export function nameInSchema(prefix: string, schema: string): string {
  const name = `${prefix}${schema}`;
  if (name.length <= LONGEST_NAME) return name;
  return `${prefix}${createHash('sha256').update(schema).digest('hex').slice(0, 16)}`;
}
