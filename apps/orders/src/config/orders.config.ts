import { type Assignment, assignmentFromEnvironment, ConfigurationError } from '@tidemark/event-sourcing';
import { resolve } from 'node:path';
import { z } from 'zod';

/** How the app runs; made of the environment by {@link readConfig}, or by hand in tests. */
export abstract class OrdersConfig {
  /** Port to listen on; 0 takes a free one. */
  abstract readonly port: number;
  /** Where events and the read model live. */
  abstract readonly store: StoreConfig;
  /** How long a read waits for the position that it names, in milliseconds. */
  abstract readonly readModelTimeoutMs: number;
  /** Least severe level that is logged. */
  abstract readonly logLevel: LogLevel;
  /** Name of the service in logs and traces. @default orders */
  abstract readonly serviceName?: string;
  /** Whether spans are sent, and where to; the SDK's own default where there is no endpoint. @default no */
  abstract readonly tracing?: TracingConfig;
  /** What this process runs of the subscriptions. @default all, divided automatically */
  abstract readonly work?: WorkConfig;
}

/** Least severe level that is logged. */
export type LogLevel = 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace';

/** Whether spans are sent. */
export interface TracingConfig {
  readonly enabled: boolean;
  /** Address of a collector that takes OTLP over HTTP, such as http://localhost:4318. */
  readonly endpoint: string | undefined;
}

/** What a process runs of the subscriptions. */
export interface WorkConfig {
  /** `false`: it only serves HTTP. */
  readonly workers: boolean;
  /** Names of those that it runs; `undefined`: all. */
  readonly only: readonly string[] | undefined;
  readonly assignment: Assignment;
}

/**
 * `embedded`: a PostgreSQL server that the app starts on a data folder. `external`: the server of a connection string.
 * `memory`: nothing outlives the process.
 */
export type StoreConfig =
  | { readonly kind: 'embedded'; readonly dataDir: string }
  | { readonly kind: 'external'; readonly url: string }
  | { readonly kind: 'memory' };

/** The environment asks for something that cannot work; the message lists all of it, and never a value that may be secret. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'log', 'verbose'] as const;
const NEST_LEVELS: Readonly<Record<string, LogLevel>> = { log: 'info', verbose: 'trace' };

const environment = z.object({
  PORT: wholeNumber(0, 65_535).default(3000),
  STORE: z.enum(['postgres', 'memory'], { error: "must be 'postgres' or 'memory'" }).default('postgres'),
  DATABASE_URL: z
    .url({ protocol: /^postgres(ql)?$/, error: 'must be a URL such as postgres://user:password@host:5432/database' })
    .optional(),
  TIDEMARK_DATA_DIR: z.string().default('.data/postgres'),
  READ_MODEL_TIMEOUT_MS: wholeNumber(0, 60_000).default(5_000),
  WORKERS: trueOrFalse('true'),
  SUBSCRIPTIONS: z
    .string()
    .transform((text) => text.split(',').map((name) => name.trim()))
    .refine((names) => names.every((name) => name !== ''), 'must be names with commas in between')
    .optional(),
  LOG_LEVEL: z.enum(LOG_LEVELS, { error: `must be one of ${LOG_LEVELS.join(', ')}` }).default('warn'),
  SERVICE_NAME: z.string().default('orders'),
  ENABLE_TRACING: trueOrFalse('false'),
  OTEL_EXPORTER_OTLP_ENDPOINT: z
    .url({ protocol: /^https?$/, hostname: /.*/, error: 'must be a URL such as http://localhost:4318' })
    .optional(),
});

/**
 * Reads the configuration from environment variables; an empty one counts as absent. Throws {@link ConfigError}.
 * @param hostname of this machine; a StatefulSet's pod has its number in it.
 */
export function readConfig(variables: NodeJS.ProcessEnv, hostname = ''): OrdersConfig {
  const given = Object.entries(variables).filter(([, value]) => value !== undefined && value.trim() !== '');
  const { success, data, error } = environment.safeParse(Object.fromEntries(given));
  const { assignment, problems } = readAssignment(variables, hostname);
  if (!success || assignment === undefined) {
    const issues = error?.issues.map(({ path, message }) => `${path.join('.')} ${message}`) ?? [];
    const lines = [...issues, ...problems].map((problem) => `  - ${problem}`);
    throw new ConfigError(`The environment is not usable:\n${lines.join('\n')}`);
  }
  return {
    port: data.PORT,
    store: storeOf(data),
    readModelTimeoutMs: data.READ_MODEL_TIMEOUT_MS,
    logLevel: NEST_LEVELS[data.LOG_LEVEL] ?? (data.LOG_LEVEL as LogLevel),
    serviceName: data.SERVICE_NAME,
    tracing: { enabled: data.ENABLE_TRACING, endpoint: data.OTEL_EXPORTER_OTLP_ENDPOINT },
    work: { workers: data.WORKERS, only: data.SUBSCRIPTIONS, assignment },
  };
}

function readAssignment(
  variables: NodeJS.ProcessEnv,
  hostname: string,
): { readonly assignment?: Assignment; readonly problems: readonly string[] } {
  try {
    return { assignment: assignmentFromEnvironment(variables, hostname), problems: [] };
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    return { problems: error.problems };
  }
}

function storeOf({ STORE, DATABASE_URL, TIDEMARK_DATA_DIR }: z.infer<typeof environment>): StoreConfig {
  if (STORE === 'memory') return { kind: 'memory' };
  if (DATABASE_URL !== undefined) return { kind: 'external', url: DATABASE_URL };
  return { kind: 'embedded', dataDir: resolve(TIDEMARK_DATA_DIR) };
}

function trueOrFalse(otherwise: 'true' | 'false') {
  return z
    .enum(['true', 'false'], { error: "must be 'true' or 'false'" })
    .default(otherwise)
    .transform((text) => text === 'true');
}

function wholeNumber(min: number, max: number) {
  const range = `must be a whole number from ${min} to ${max}`;
  return z
    .string()
    .trim()
    .regex(/^\d{1,6}$/, range)
    .transform(Number)
    .refine((value) => value >= min && value <= max, range);
}
