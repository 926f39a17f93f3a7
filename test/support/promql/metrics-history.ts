import type { Sample, Scrape } from '../metrics-scrape.js';

/** One series at one moment. */
export interface Value {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** One series over a while, oldest first. */
export interface Range {
  readonly labels: Readonly<Record<string, string>>;
  readonly points: readonly { readonly at: number; readonly value: number }[];
}

/** Which series are asked for: a name, and what their labels must be. */
export interface Selector {
  readonly name: string;
  fits(labels: Value['labels']): boolean;
}

/** How long Prometheus takes a sample for current. */
const LOOKBACK = 300;

/** Scrapes with a time, in seconds, as Prometheus would keep them: with `job`, `instance` and `up`. */
export class MetricsHistory {
  private readonly samples = new Map<string, (Sample & { readonly at: number })[]>();

  /** Takes what a process has answered; `undefined` where it has not. */
  add(at: number, instance: string, scrape: Scrape | undefined): void {
    const target = { job: 'orders', instance };
    this.push({ name: 'up', labels: target, value: scrape === undefined ? 0 : 1, at });
    for (const sample of scrape?.samples ?? []) this.push({ ...sample, labels: { ...sample.labels, ...target }, at });
  }

  /** The newest value of each series that fits; nothing where the newest scrape did not have it any more. */
  at(time: number, selector: Selector): readonly Value[] {
    return this.between(time - LOOKBACK, time, selector)
      .filter(({ labels, points }) => points.at(-1)!.at === this.lastScrape(time, labels['instance']))
      .map(({ labels, points }) => ({ labels, value: points.at(-1)!.value }));
  }

  /** The series that fit, after `from` and up to `to`. */
  between(from: number, to: number, selector: Selector): readonly Range[] {
    const series = new Map<string, { labels: Range['labels']; points: { at: number; value: number }[] }>();
    for (const sample of this.samples.get(selector.name) ?? []) {
      if (sample.at <= from || sample.at > to || !selector.fits(sample.labels)) continue;
      const key = JSON.stringify(Object.entries(sample.labels).sort());
      const one = series.get(key) ?? { labels: sample.labels, points: [] };
      series.set(key, one);
      one.points.push({ at: sample.at, value: sample.value });
    }
    return [...series.values()];
  }

  private lastScrape(time: number, instance: string | undefined): number {
    const scrapes = (this.samples.get('up') ?? []).filter(
      ({ labels, at }) => labels['instance'] === instance && at <= time,
    );
    return Math.max(...scrapes.map(({ at }) => at));
  }

  private push(sample: Sample & { readonly at: number }): void {
    const same = this.samples.get(sample.name);
    if (same === undefined) this.samples.set(sample.name, [sample]);
    else same.push(sample);
  }
}
