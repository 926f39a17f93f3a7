import { eventually } from './eventually.js';

type Labels = Readonly<Record<string, string>>;

/** One line of an answer. */
export interface Sample {
  readonly name: string;
  readonly labels: Labels;
  readonly value: number;
}

/** One metric as it says of itself. */
export interface DescribedMetric {
  readonly name: string;
  readonly type: string;
  readonly help: string;
}

/** What one scrape answered. */
export class Scrape {
  readonly samples: readonly Sample[];

  constructor(readonly text: string) {
    this.samples = text.split('\n').flatMap(sampleOf);
  }

  /** The metrics, by their HELP and TYPE lines; only those of Tidemark unless `all`. */
  metrics(all = false): readonly DescribedMetric[] {
    const types = new Map([...this.text.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name, type]) => [name, type]));
    return [...this.text.matchAll(/^# HELP (\S+) (.*)$/gm)]
      .map(([, name = '', help = '']) => ({ name, help, type: types.get(name) ?? '' }))
      .filter(({ name }) => all || name.startsWith('tidemark_'));
  }

  /** Names of the labels of a metric's samples, sorted; `le` of a histogram is none. */
  labelsOf(metric: string): readonly string[] {
    const own = this.samples.filter(
      ({ name }) => name.replace(/_(bucket|sum|count)$/, '') === metric || name === metric,
    );
    const names = own.flatMap(({ labels }) => Object.keys(labels)).filter((name) => name !== 'le');
    return [...new Set(names)].sort();
  }

  /** Sum of the samples with this name and at least these labels; `undefined` where there is none. Without the prefix. */
  value(name: string, labels: Labels = {}): number | undefined {
    const fits = (sample: Sample): boolean =>
      sample.name === `tidemark_${name}` &&
      Object.entries(labels).every(([key, value]) => sample.labels[key] === value);
    const found = this.samples.filter(fits);
    return found.length === 0 ? undefined : found.reduce((sum, { value }) => sum + value, 0);
  }
}

/** What would have been answered with this value in the samples with this name and these labels. Without the prefix. */
export function withValue(answer: Scrape, name: string, value: number, labels: Labels = {}): Scrape {
  if (answer.value(name, labels) === undefined) throw new Error(`there is no ${name} with ${JSON.stringify(labels)}`);
  const texts = Object.entries(labels).map(([label, text]) => `${label}="${text}"`);
  const lines = answer.text.split('\n').map((line) => {
    const isIt = new RegExp(`^tidemark_${name}[{ ]`).test(line) && texts.every((text) => line.includes(text));
    return isIt ? line.replace(/ \S+$/, ` ${value}`) : line;
  });
  return new Scrape(lines.join('\n'));
}

/** Asks for metrics over HTTP. */
export async function scrape(url: string, path = '/metrics'): Promise<Scrape> {
  const response = await fetch(`${url}${path}`);
  const text = await response.text();
  if (response.status !== 200) throw new Error(`${path} answered ${response.status}: ${text}`);
  return new Scrape(text);
}

/** Scrapes until it holds. */
export async function scrapeUntil(url: string, holds: (answer: Scrape) => boolean): Promise<Scrape> {
  return eventually(() => scrape(url), holds);
}

function sampleOf(line: string): Sample[] {
  const match = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)$/.exec(line);
  if (match === null || line.startsWith('#')) return [];
  const [name = '', inBraces = '', value] = match.slice(1) as (string | undefined)[];
  const labels = Object.fromEntries(
    [...inBraces.matchAll(/(\w+)="([^"]*)"/g)].map(([, key = '', text = '']) => [key, text] as const),
  );
  return [{ name, labels, value: Number(value) }];
}
