import type { SyntaxNode } from '@lezer/common';
import type { MetricsHistory, Range, Selector, Value } from './metrics-history.js';
import { aggregate, binary, histogramQuantile, overTime } from './promql-operators.js';
import { nodesOf, type Parsed, secondsOf, textOf } from './promql-syntax.js';

type Vector = readonly Value[];

const OPERATORS = ['Gtr', 'Gte', 'Lss', 'Lte', 'Eql', 'Neq', 'Add', 'Sub', 'Mul', 'Div', 'And', 'Or', 'Unless'];

/** What an expression says at a time, as far as our alerts go. Throws where it is asked for anything else of PromQL. */
export function evaluate({ text, root }: Parsed, history: MetricsHistory, time: number): Vector {
  return new Evaluation(text, history).vector(root, time);
}

class Evaluation {
  constructor(
    private readonly text: string,
    private readonly history: MetricsHistory,
  ) {}

  vector(node: SyntaxNode, time: number): Vector {
    const value = this.value(node, time);
    if (typeof value === 'number') throw new Error(`no vector: ${this.of(node)}`);
    return value;
  }

  private value(node: SyntaxNode, time: number): Vector | number {
    switch (node.name) {
      case 'NumberDurationLiteral':
        return Number(this.of(node));
      case 'ParenExpr':
        return this.value(node.firstChild!, time);
      case 'VectorSelector':
        return this.history.at(time, this.matcher(node));
      case 'OffsetExpr':
        return this.value(node.firstChild!, time - secondsOf(this.of(node.lastChild!)));
      case 'AggregateExpr':
        return this.aggregation(node, time);
      case 'FunctionCall':
        return this.call(node, time);
      case 'BinaryExpr':
        return this.operation(node, time);
      default:
        throw new Error(`${node.name} is not understood: ${this.of(node)}`);
    }
  }

  private aggregation(node: SyntaxNode, time: number): Vector {
    const argument = node.getChild('FunctionCallBody')!.firstChild!;
    return aggregate(
      this.of(node.firstChild!),
      this.grouping(node.getChild('AggregateModifier')),
      this.vector(argument, time),
    );
  }

  private call(node: SyntaxNode, time: number): Vector {
    const name = this.of(node.firstChild!);
    const body = node.getChild('FunctionCallBody')!;
    const argument = body.firstChild!;
    if (name === 'histogram_quantile') {
      return histogramQuantile(Number(this.of(argument)), this.vector(body.lastChild!, time));
    }
    if (name !== 'absent') return overTime(name, this.ranges(argument, time));
    return this.vector(argument, time).length === 0 ? [{ labels: {}, value: 1 }] : [];
  }

  private operation(node: SyntaxNode, time: number): Vector | number {
    const operator = OPERATORS.find((name) => node.getChild(name) !== null);
    if (operator === undefined) throw new Error(`this operator is not understood: ${this.of(node)}`);
    const clause = node.getChild('MatchingModifierClause');
    const on = clause === null ? undefined : this.grouping(clause);
    return binary(operator, on, this.value(node.firstChild!, time), this.value(node.lastChild!, time));
  }

  private ranges(node: SyntaxNode, time: number): readonly Range[] {
    if (node.name === 'SubqueryExpr') return this.subquery(node, time);
    if (node.name !== 'MatrixSelector') throw new Error(`no range: ${this.of(node)}`);
    const selector = node.firstChild!;
    const length = secondsOf(this.of(node.getChild('DurationExpr')!));
    return this.history.between(time - length, time, this.matcher(selector));
  }

  private subquery(node: SyntaxNode, time: number): readonly Range[] {
    const [length = 0, step = 0] = nodesOf(node, 'DurationExpr').map((one) => secondsOf(this.of(one)));
    const series = new Map<string, { labels: Value['labels']; points: { at: number; value: number }[] }>();
    for (let at = time - length + step; at <= time; at += step) {
      for (const { labels, value } of this.vector(node.firstChild!, at)) {
        const key = JSON.stringify(labels);
        const one = series.get(key) ?? { labels, points: [] };
        series.set(key, one);
        one.points.push({ at, value });
      }
    }
    return [...series.values()];
  }

  private matcher(node: SyntaxNode): Selector {
    const matchers = nodesOf(node, 'UnquotedLabelMatcher').map((one) => ({
      label: this.of(one.firstChild!),
      operator: this.of(one.getChild('MatchOp')!),
      text: this.of(one.lastChild!).slice(1, -1),
    }));
    const fits = (labels: Value['labels']): boolean =>
      matchers.every(({ label, operator, text }) => {
        const has = labels[label] ?? '';
        const fitting = operator.endsWith('~') ? new RegExp(`^(?:${text})$`).test(has) : has === text;
        return operator.startsWith('!') ? !fitting : fitting;
      });
    return { name: this.of(node.getChild('Identifier')!), fits };
  }

  private grouping(node: SyntaxNode | null): readonly string[] {
    return node === null ? [] : nodesOf(node, 'LabelName').map((label) => this.of(label));
  }

  private of(node: SyntaxNode): string {
    return textOf(this.text, node);
  }
}
