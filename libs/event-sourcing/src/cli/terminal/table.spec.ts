import { describe, expect, it } from '@jest/globals';
import { type Column, tableOf } from './table.js';

interface Row {
  readonly id: string;
  readonly owner: string;
  readonly n: bigint | undefined;
}

const COLUMNS: readonly Column<Row>[] = [
  { head: 'ID', value: ({ id }) => id },
  { head: 'OWNER', value: ({ owner }) => owner, gives: 'middle' },
  { head: 'N', value: ({ n }) => n, align: 'right' },
];

describe('a table', () => {
  it('is as wide as it must be, numbers to the right and a dash for nothing', () => {
    const rows = [
      { id: 'a', owner: 'me', n: 12n },
      { id: 'bb', owner: 'you', n: undefined },
    ];
    expect(tableOf(rows, COLUMNS, 100)).toEqual(['ID  OWNER   N', 'a   me     12', 'bb  you     -']);
  });

  it('fits the width by what gives way, and by nothing else', () => {
    const rows = [{ id: 'x'.repeat(20), owner: `host-${'y'.repeat(50)}-end`, n: 1n }];
    const [head, line] = tableOf(rows, COLUMNS, 45);
    expect(line).toBe(
      `${'x'.repeat(20)}  host-yyyyy…yyyyyy-end  1`.replace('yyyyy…yyyyyy', `${'y'.repeat(5)}…${'y'.repeat(5)}`),
    );
    expect(line!.length).toBeLessThanOrEqual(45);
    expect(head!.length).toBeLessThanOrEqual(45);
  });

  it('cuts nothing of what was short, where another is long', () => {
    const columns: Column<{ a: string; b: string }>[] = [
      { head: 'A', value: ({ a }) => a, gives: 'end' },
      { head: 'B', value: ({ b }) => b, gives: 'end' },
    ];
    expect(tableOf([{ a: 'short one', b: 'z'.repeat(90) }], columns, 40)[1]).toBe(`short one  ${'z'.repeat(28)}…`);
  });

  it('keeps what steers a terminal, and line ends, out of its cells', () => {
    const [, line, ...more] = tableOf([{ id: 'a\n\u001b[2Jb', owner: '', n: 1n }], COLUMNS, 100);
    expect(line).toMatch(/^a \[2Jb/);
    expect(more).toEqual([]);
  });

  it('dresses its head', () => {
    expect(tableOf([], COLUMNS, 100, (head) => `<${head}>`)).toEqual(['<ID  OWNER  N>']);
  });
});
