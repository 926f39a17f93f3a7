import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { from } from 'pg-copy-streams';

/** Characters that are sent at once. */
const PIECE = 1 << 16;
const ESCAPES = { '\\': '\\\\', '\t': '\\t', '\n': '\\n', '\r': '\\r' };

/** Writes the rows into a table by COPY; `columns` says what each column of it is filled with from a row. */
export async function copyInto(client, table, columns, rows) {
  const target = client.query(from(`copy ${table} (${Object.keys(columns).join(', ')}) from stdin`));
  await pipeline(Readable.from(pieces(Object.values(columns), rows)), target);
}

function* pieces(values, rows) {
  let piece = '';
  for (const row of rows) {
    piece += `${values.map((value) => textOf(value(row))).join('\t')}\n`;
    if (piece.length < PIECE) continue;
    yield piece;
    piece = '';
  }
  yield piece;
}

/** A value in the text format of COPY: https://www.postgresql.org/docs/current/sql-copy.html */
export function textOf(value) {
  return value === null ? '\\N' : String(value).replace(/[\\\t\n\r]/g, (character) => ESCAPES[character]);
}
