import type { Range, Value } from './metrics-history.js';

type Vector = readonly Value[];
type Operand = Vector | number;

const COMPARISONS: Readonly<Record<string, (a: number, b: number) => boolean>> = {
  Gtr: (a, b) => a > b,
  Gte: (a, b) => a >= b,
  Lss: (a, b) => a < b,
  Lte: (a, b) => a <= b,
  Eql: (a, b) => a === b,
  Neq: (a, b) => a !== b,
};
const ARITHMETIC: Readonly<Record<string, (a: number, b: number) => number>> = {
  Add: (a, b) => a + b,
  Sub: (a, b) => a - b,
  Mul: (a, b) => a * b,
  Div: (a, b) => a / b,
};
const AGGREGATIONS: Readonly<Record<string, (values: readonly number[]) => number>> = {
  max: (values) => Math.max(...values),
  min: (values) => Math.min(...values),
  sum: (values) => values.reduce((sum, value) => sum + value, 0),
  count: (values) => values.length,
};

/** `max by (a, b) (…)` and the like. */
export function aggregate(operator: string, by: readonly string[], vector: Vector): Vector {
  const how = AGGREGATIONS[operator];
  if (how === undefined) throw new Error(`the aggregation ${operator} is not understood`);
  const groups = Map.groupBy(vector, ({ labels }) => keyOf(labels, by));
  return [...groups.values()].map((members) => ({
    labels: pick(members[0]!.labels, by),
    value: how(members.map(({ value }) => value)),
  }));
}

/** A function over a while. Rates are taken between the first and the last sample, without Prometheus' guess beyond them. */
export function overTime(name: string, ranges: readonly Range[]): Vector {
  const among = /^(max|min|sum|count)_over_time$/.exec(name)?.[1];
  return ranges.flatMap(({ labels, points }): Vector => {
    const values = points.map(({ value }) => value);
    if (among !== undefined) return [{ labels, value: AGGREGATIONS[among]!(values) }];
    if (name === 'last_over_time') return [{ labels, value: values.at(-1)! }];
    if (points.length < 2) return [];
    const difference = name === 'delta' ? values.at(-1)! - values[0]! : increaseOf(values);
    if (name === 'delta' || name === 'increase') return [{ labels, value: difference }];
    if (name === 'rate') return [{ labels, value: difference / (points.at(-1)!.at - points[0]!.at) }];
    throw new Error(`the function ${name} is not understood`);
  });
}

/** A quantile of histograms whose buckets are told apart by `le` alone, as Prometheus reckons it. */
export function histogramQuantile(quantile: number, buckets: Vector): Vector {
  const bounded = buckets.map(({ labels, value }) => ({
    le: labels['le'] === '+Inf' ? Infinity : Number(labels['le']),
    value,
  }));
  const sorted = bounded.sort((a, b) => a.le - b.le);
  const rank = quantile * (sorted.at(-1)?.value ?? 0);
  const index = sorted.findIndex(({ value }) => value >= rank);
  if (rank === 0 || index < 0) return [];
  const [below, { le, value }] = [sorted[index - 1] ?? { le: 0, value: 0 }, sorted[index]!];
  if (le === Infinity) return [{ labels: {}, value: below.le }];
  return [{ labels: {}, value: below.le + ((le - below.le) * (rank - below.value)) / (value - below.value) }];
}

/** Comparisons filter, `and`, `or` and `unless` choose, the rest reckons; one to one, by all labels or by those of `on`. */
export function binary(operator: string, on: readonly string[] | undefined, left: Operand, right: Operand): Operand {
  if (typeof left === 'number' && typeof right === 'number') return ARITHMETIC[operator]!(left, right);
  if (typeof left === 'number') {
    return ARITHMETIC[operator] === undefined
      ? refuse(operator)
      : map(right as Vector, (b) => ARITHMETIC[operator]!(left, b));
  }
  if (typeof right === 'number') return withPartners(operator, left, () => right);
  const partners = new Map(right.map(({ labels, value }) => [keyOf(labels, on), value]));
  const has = ({ labels }: Value): boolean => partners.has(keyOf(labels, on));
  if (operator === 'And') return left.filter(has);
  if (operator === 'Unless') return left.filter((one) => !has(one));
  if (operator !== 'Or') return withPartners(operator, left, ({ labels }) => partners.get(keyOf(labels, on)));
  const taken = new Set(left.map(({ labels }) => keyOf(labels, on)));
  return [...left, ...right.filter(({ labels }) => !taken.has(keyOf(labels, on)))];
}

function withPartners(operator: string, left: Vector, partnerOf: (one: Value) => number | undefined): Vector {
  const [compare, reckon] = [COMPARISONS[operator], ARITHMETIC[operator]];
  return left.flatMap((one) => {
    const other = partnerOf(one);
    if (other === undefined) return [];
    if (compare !== undefined) return compare(one.value, other) ? [one] : [];
    return reckon === undefined ? refuse(operator) : [{ labels: one.labels, value: reckon(one.value, other) }];
  });
}

function increaseOf(values: readonly number[]): number {
  return values
    .slice(1)
    .reduce((sum, value, index) => sum + (value < values[index]! ? value : value - values[index]!), 0);
}

function map(vector: Vector, change: (value: number) => number): Vector {
  return vector.map(({ labels, value }) => ({ labels, value: change(value) }));
}

function keyOf(labels: Value['labels'], by?: readonly string[]): string {
  return JSON.stringify(Object.entries(by === undefined ? labels : pick(labels, by)).sort());
}

function pick(labels: Value['labels'], names: readonly string[]): Value['labels'] {
  return Object.fromEntries(names.filter((name) => name in labels).map((name) => [name, labels[name]!]));
}

function refuse(operator: string): never {
  throw new Error(`the operator ${operator} is not understood here`);
}
