import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import { ConfigurationError } from '../../core/index.js';

const PREFIX = 'tidemark_';

/** From a millisecond to ten seconds: how long one thing takes. */
export const DURATION_BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** What a metric is called and what it says. The name goes without the prefix. */
interface About {
  readonly name: string;
  readonly help: string;
  readonly labels?: readonly string[];
}

/** Says a value of a gauge. */
export type SetValue = (labels: Readonly<Record<string, string>>, value: number) => void;

/** The metrics of one app in one registry: refuses what is there already, and takes back what it brought. */
export class MetricSet {
  private readonly names: string[] = [];

  constructor(private readonly registry: Registry) {}

  counter(about: About): Counter {
    return new Counter(this.claim(about));
  }

  histogram({ buckets, ...about }: About & { readonly buckets: readonly number[] }): Histogram {
    return new Histogram({ ...this.claim(about), buckets: [...buckets] });
  }

  /** @param collect says the values anew, before each scrape; what it does not say is not there. */
  gauge(about: About, collect: (set: SetValue) => void | Promise<void>): void {
    const clear = (): void => {
      // Without labels, `reset` leaves a 0 behind that nobody has measured.
      if (about.labels === undefined) gauge.remove();
      else gauge.reset();
    };
    const gauge = new Gauge({
      ...this.claim(about),
      collect: async () => {
        const values: Parameters<SetValue>[] = [];
        await collect((...value) => values.push(value));
        clear();
        for (const value of values) gauge.set(...value);
      },
    });
    clear();
  }

  /** Takes all of them out of the registry. */
  remove(): void {
    for (const name of this.names.splice(0)) this.registry.removeSingleMetric(name);
  }

  private claim({ name: bare, help, labels = [] }: About) {
    const name = `${PREFIX}${bare}`;
    if (this.registry.getSingleMetric(name) !== undefined) {
      throw new ConfigurationError([
        `the registry of option 'metrics.registry' has a metric '${name}' already: give each app of a process a registry of its own.`,
      ]);
    }
    this.names.push(name);
    return { name, help, labelNames: [...labels], registers: [this.registry] };
  }
}
