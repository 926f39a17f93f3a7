import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import type { Scrape } from '../metrics-scrape.js';
import { MetricsHistory } from './metrics-history.js';
import { evaluate } from './promql-evaluation.js';
import { type Parsed, parsePromql, secondsOf } from './promql-syntax.js';

/** One alert of a rule file. */
export interface AlertRule {
  readonly alert: string;
  readonly expr: string;
  readonly for: string;
  readonly labels: { readonly severity: string };
  readonly annotations: { readonly summary: string; readonly runbook_url: string };
}

export function readAlertRules(file: string): readonly AlertRule[] {
  const { groups } = parse(readFileSync(file, 'utf8')) as { groups: { rules: AlertRule[] }[] };
  return groups.flatMap(({ rules }) => rules);
}

/** How often rules are looked at, in seconds. */
const EVERY = 15;

/** Alert rules beside scrapes, in a time of its own that goes as fast as the test likes. */
export class AlertWatch {
  private readonly history = new MetricsHistory();
  private readonly parsed: ReadonlyMap<string, Parsed>;
  private now = 0;

  constructor(private readonly rules: readonly AlertRule[]) {
    this.parsed = new Map(rules.map(({ alert, expr }) => [alert, parsePromql(expr)]));
  }

  /** Lets it be so for a while: every process answers this, or nothing where it is `undefined`. */
  stay(seconds: number, processes: Readonly<Record<string, Scrape | undefined>>): this {
    for (const end = this.now + seconds; this.now < end;) {
      this.now += EVERY;
      for (const [instance, scrape] of Object.entries(processes)) this.history.add(this.now, instance, scrape);
    }
    return this;
  }

  /** Names of the alerts that fire now, sorted: those whose expression has held for as long as they ask. */
  firing(): readonly string[] {
    return this.rules
      .filter((rule) => this.fires(rule))
      .map(({ alert }) => alert)
      .sort();
  }

  private fires({ alert, for: wait }: AlertRule): boolean {
    for (let time = this.now; time >= this.now - secondsOf(wait); time -= EVERY) {
      if (evaluate(this.parsed.get(alert)!, this.history, time).length === 0) return false;
    }
    return true;
  }
}
