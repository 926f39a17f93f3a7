import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { type RunningApp, startApp } from '../../apps/orders/src/bootstrap.js';
import { scrape, type Scrape } from '../support/metrics-scrape.js';
import { readAlertRules } from '../support/promql/alert-rules.js';
import { groupingLabelsOf, metricsOf, type Parsed, parsePromql } from '../support/promql/promql-syntax.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly description?: string;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly targets?: readonly { readonly expr: string; readonly legendFormat: string }[];
}

const FILE = 'docker/grafana/dashboards/tidemark.json';
const dashboard = JSON.parse(readFileSync(FILE, 'utf8')) as {
  readonly panels: readonly Panel[];
  readonly templating: { readonly list: readonly { readonly query: { readonly query: string } }[] };
};
/** Labels that Prometheus adds. */
const TARGET = ['job', 'instance'];

/** What Grafana fills in before it asks. */
const filledIn = (expr: string): Parsed =>
  parsePromql(expr.replaceAll('$__rate_interval', '1m').replaceAll('$subscription', '.*'));

/** Whatever asks for a metric is looked up in a real answer of the sample app, and in the page that tells of each metric. */
describe('what asks for metrics', () => {
  const targets = dashboard.panels.flatMap(({ title, targets: own = [] }) =>
    own.map(({ expr }) => [title, filledIn(expr)] as const),
  );
  const rules = readAlertRules('docker/prometheus/alerts.yml').map(
    ({ alert, expr }) => [alert, parsePromql(expr)] as const,
  );
  let database: TestDatabase;
  let running: RunningApp;
  let answer: Scrape;
  let labels: ReadonlyMap<string, readonly string[]>;

  beforeAll(async () => {
    database = await createTestDatabase();
    const store = { kind: 'external', url: database.url } as const;
    running = await startApp({ port: 0, store, readModelTimeoutMs: 15_000, logLevel: 'fatal' });
    answer = await scrape(running.url);
    // The labels that another test has compared with those of real samples: most have none before something has happened.
    const page = readFileSync('docs/operations/metrics.md', 'utf8');
    const told = [...page.matchAll(/^\| `(tidemark_\w+)` +\| \w+ +\| (.*?) \|/gm)];
    labels = new Map(
      told.map(([, name = '', own = '']) => [name, [...own.matchAll(/`(\w+)`/g)].map(([, label]) => label!)]),
    );
  });

  afterAll(async () => {
    await running.close();
    await database.drop();
  });

  const typeOf = (name: string): string | undefined => answer.metrics(true).find((one) => one.name === name)?.type;
  /** The metric that a series belongs to. */
  const familyOf = (series: string): string | undefined => {
    const base = series.replace(/_(bucket|sum|count)$/, '');
    return typeOf(base) === 'histogram' ? (base === series ? undefined : base) : typeOf(series) && series;
  };

  it.each([...targets, ...rules])('asks in "%s" for what there is', (_, parsed) => {
    const asked = metricsOf(parsed);
    expect(asked.length).toBeGreaterThan(0);
    const known = asked.flatMap(({ name }) => labels.get(familyOf(name) ?? '') ?? []);
    for (const { name, labels: matched } of asked.filter(({ name: one }) => one !== 'up')) {
      expect([name, familyOf(name)]).toEqual([name, expect.stringMatching(/./)]);
      const own = [...TARGET, ...(labels.get(familyOf(name)!) ?? []), ...(name.endsWith('_bucket') ? ['le'] : [])];
      expect(matched.filter((label) => !own.includes(label))).toEqual([]);
    }
    expect(groupingLabelsOf(parsed).filter((label) => ![...TARGET, ...known, 'le'].includes(label))).toEqual([]);
  });

  it.each([...targets, ...rules])('takes in "%s" rates of counters only, and gauges as they are', (_, parsed) => {
    const rated = [...parsed.text.matchAll(/\b(rate|increase)\((\w+)/g)].map(([, , name = '']) => name);
    for (const name of rated)
      expect([name, typeOf(familyOf(name)!)]).toEqual([name, expect.stringMatching(/counter|histogram/)]);
  });

  it('shows every metric that Tidemark has', () => {
    const shown = new Set(targets.flatMap(([, parsed]) => metricsOf(parsed).map(({ name }) => familyOf(name))));
    expect(
      answer
        .metrics()
        .map(({ name }) => name)
        .filter((name) => !shown.has(name)),
    ).toEqual([]);
    for (const [, name] of dashboard.templating.list.map(({ query }) => /\((\w+),/.exec(query.query)!))
      expect(typeOf(name!)).toBe('gauge');
  });

  it('is laid out without gaps and overlaps, and says what each panel shows', () => {
    const { panels } = dashboard;
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
    for (const { title, description, gridPos: one } of panels.filter(({ type }) => type !== 'row')) {
      expect([title, description?.endsWith('.')]).toEqual([title, true]);
      const over = panels.filter(
        ({ gridPos: other }) =>
          one !== other &&
          one.x < other.x + other.w &&
          other.x < one.x + one.w &&
          one.y < other.y + other.h &&
          other.y < one.y + one.h,
      );
      expect([title, over.map((panel) => panel.title)]).toEqual([title, []]);
      expect(one.x + one.w).toBeLessThanOrEqual(24);
    }
  });
});
