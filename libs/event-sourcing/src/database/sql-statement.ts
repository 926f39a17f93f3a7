/** One SQL statement; `{schema}` stands for the quoted schema, `$n` for its parameters. */
export interface SqlStatement {
  /** Name of the prepared statement on each connection. */
  readonly name: string;
  readonly text: string;
}

/** Declares a statement, in a `*.sql.ts` file, as a constant of its own. */
export function sqlStatement(name: string, text: string): SqlStatement {
  return Object.freeze({ name, text });
}
