import type { SyntaxNode } from '@lezer/common';
import { parser } from '@prometheus-io/lezer-promql';

/** An expression as a tree, and its text. */
export interface Parsed {
  readonly text: string;
  readonly root: SyntaxNode;
}

/** A metric that an expression asks for, with the labels that it names of it. */
export interface AskedMetric {
  readonly name: string;
  readonly labels: readonly string[];
}

/** Parses an expression by Prometheus' own grammar. Throws where it is none. */
export function parsePromql(text: string): Parsed {
  const tree = parser.parse(text);
  tree.iterate({
    enter: ({ type, from }) => {
      if (type.isError) throw new Error(`this is no PromQL at ${from}: ${text}`);
    },
  });
  const root = tree.topNode.firstChild;
  if (root === null) throw new Error('an empty expression');
  return { text, root };
}

/** Every metric of an expression, with the labels of its matchers. */
export function metricsOf({ text, root }: Parsed): readonly AskedMetric[] {
  return nodesOf(root, 'VectorSelector').map((selector) => ({
    name: textOf(text, selector.getChild('Identifier')!),
    labels: nodesOf(selector, 'LabelName').map((label) => textOf(text, label)),
  }));
}

/** Labels that an expression groups or matches by. */
export function groupingLabelsOf({ text, root }: Parsed): readonly string[] {
  return nodesOf(root, 'GroupingLabels').flatMap((grouping) =>
    nodesOf(grouping, 'LabelName').map((label) => textOf(text, label)),
  );
}

/** All nodes of a kind below a node, itself included. */
export function nodesOf(root: SyntaxNode, kind: string): readonly SyntaxNode[] {
  const found: SyntaxNode[] = root.name === kind ? [root] : [];
  for (let child = root.firstChild; child !== null; child = child.nextSibling) found.push(...nodesOf(child, kind));
  return found;
}

export function textOf(text: string, { from, to }: SyntaxNode): string {
  return text.slice(from, to);
}

/** `5m` in seconds. */
export function secondsOf(duration: string): number {
  const units = { ms: 0.001, s: 1, m: 60, h: 3_600, d: 86_400 } as const;
  const [, amount, unit] = /^(\d+)(ms|s|m|h|d)$/.exec(duration.trim()) ?? [];
  if (unit === undefined) throw new Error(`no duration: ${duration}`);
  return Number(amount) * units[unit as keyof typeof units];
}
