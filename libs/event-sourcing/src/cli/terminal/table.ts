import Table from 'cli-table3';
import { plain, shortened } from './text.js';

/** A column of a table of `Row`s. */
export interface Column<Row> {
  readonly head: string;
  readonly value: (row: Row) => string | number | bigint | undefined;
  readonly align?: 'left' | 'right';
  /** Where what is too long gives way; a column without it keeps its width. */
  readonly gives?: 'end' | 'middle';
}

/** A column that gives way keeps as many characters. */
const LEAST_WIDTH = 6;
const GAP = '  ';
const NO_LINES = [
  ...['top', 'top-mid', 'top-left', 'top-right', 'bottom', 'bottom-mid', 'bottom-left', 'bottom-right'],
  ...['left', 'left-mid', 'mid', 'mid-mid', 'right', 'right-mid'],
];

/** Rows as lines of at most `width` characters, under a line of heads; `styled` dresses that one. */
export function tableOf<Row>(
  rows: readonly Row[],
  columns: readonly Column<Row>[],
  width: number,
  styled: (head: string) => string = (head) => head,
): readonly string[] {
  const cells = rows.map((row) => columns.map(({ value }) => plain(String(value(row) ?? '-'))));
  const widths = fitted(cells, columns, width);
  const aligns = columns.map(({ align = 'left' }) => align);
  const cut = (text: string, index: number): string => shortened(text, widths[index] ?? 0, columns[index]?.gives);
  const table = new Table({
    colWidths: widths,
    colAligns: aligns,
    chars: { ...Object.fromEntries(NO_LINES.map((name) => [name, ''])), middle: GAP },
    style: { 'padding-left': 0, 'padding-right': 0, head: [], border: [] },
  });
  table.push(columns.map(({ head }, index) => cut(head, index)));
  for (const row of cells) table.push(row.map(cut));
  const [head = '', ...lines] = table
    .toString()
    .split('\n')
    .map((line) => line.trimEnd());
  return [styled(head), ...lines];
}

// The widest of those that give way gives first, so that none is cut that was short already.
function fitted<Row>(cells: readonly string[][], columns: readonly Column<Row>[], width: number): number[] {
  const widths = columns.map(({ head }, index) =>
    Math.max(head.length, ...cells.map((row) => [...(row[index] ?? '')].length)),
  );
  const taken = (): number => widths.reduce((sum, one) => sum + one, 0) + GAP.length * (columns.length - 1);
  while (taken() > width) {
    const givers = columns.flatMap(({ gives }, index) => (gives === undefined ? [] : [index]));
    const widest = givers.reduce<number | undefined>(
      (best, index) => (best === undefined || (widths[index] ?? 0) > (widths[best] ?? 0) ? index : best),
      undefined,
    );
    if (widest === undefined || (widths[widest] ?? 0) <= LEAST_WIDTH) break;
    widths[widest] = (widths[widest] ?? 0) - 1;
  }
  return widths;
}
