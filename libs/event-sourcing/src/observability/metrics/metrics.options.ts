import { z } from 'zod';
import { ConfigurationError } from '../../core/index.js';

/** A registry of `prom-client`, as far as types go: that package is only needed where metrics are. */
export interface PrometheusRegistry {
  /** What is answered to a scrape. */
  metrics(): Promise<string>;
  registerMetric(metric: never): void;
}

/** Options of the metrics for Prometheus. */
export interface MetricsOptions {
  /**
   * Path that answers to scrapes, `false` for none.
   * @default '/metrics'; none where a `registry` is given, for whoever owns that answers for it
   */
  readonly path?: string | false;
  /**
   * Registry to register with, such as prom-client's own `register`, which the app's `PrometheusModule` answers for. One app
   * at a time: a second one in the same process is refused.
   * @default one of this app's own
   */
  readonly registry?: PrometheusRegistry;
  /** Labels of every sample, such as `{ app: 'orders' }`. Not beside a `registry`, whose owner says them. @default none */
  readonly defaultLabels?: Readonly<Record<string, string>>;
  /**
   * Whether prom-client's metrics of the process are there too: event loop, memory, garbage collection, CPU.
   * @default true; false where a `registry` is given
   */
  readonly defaultMetrics?: boolean;
  /** How long what was read from the database for one scrape holds for the next, in milliseconds. @default 2000 */
  readonly cacheMs?: number;
  /** How long a scrape waits for the database, in milliseconds; what it would have told is then left out. @default 1000 */
  readonly databaseTimeoutMs?: number;
}

/** The options with defaults filled in. */
export type ResolvedMetricsOptions = Required<Omit<MetricsOptions, 'registry'>> & Pick<MetricsOptions, 'registry'>;

const LABEL = /^[a-zA-Z_][a-zA-Z0-9_]*$/;
const milliseconds = z.number().int().min(1).max(600_000);

const metricsSchema = z
  .strictObject({
    path: z.union([z.literal(false), z.string().regex(/^\/?[^?#\s]+$/, 'must be a path such as /metrics')]).optional(),
    registry: z
      .custom<PrometheusRegistry>(
        (value) => typeof (value as PrometheusRegistry | null)?.registerMetric === 'function',
        {
          message: "must be a Registry of 'prom-client'",
        },
      )
      .optional(),
    defaultLabels: z.record(z.string().regex(LABEL, 'is no name of a label'), z.string()).optional(),
    defaultMetrics: z.boolean().optional(),
    cacheMs: milliseconds.optional(),
    databaseTimeoutMs: milliseconds.optional(),
  })
  .refine(({ registry, defaultLabels }) => registry === undefined || defaultLabels === undefined, {
    message: 'belongs to the owner of the registry; leave it out',
    path: ['defaultLabels'],
  });

/** Checks the options and fills in the defaults; throws one {@link ConfigurationError} that lists all that is wrong. */
export function resolveMetricsOptions(given: MetricsOptions | true): ResolvedMetricsOptions {
  const { success, data, error } = metricsSchema.safeParse(given === true ? {} : given);
  if (!success) {
    throw new ConfigurationError(
      error.issues.map(({ path, message }) => `option '${['metrics', ...path].join('.')}': ${message}.`),
    );
  }
  const isOwn = data.registry === undefined;
  return {
    registry: data.registry,
    path: data.path ?? (isOwn ? '/metrics' : false),
    defaultLabels: data.defaultLabels ?? {},
    defaultMetrics: data.defaultMetrics ?? isOwn,
    cacheMs: data.cacheMs ?? 2_000,
    databaseTimeoutMs: data.databaseTimeoutMs ?? 1_000,
  };
}
