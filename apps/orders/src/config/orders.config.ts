import type { LogLevel } from '@nestjs/common';
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
  /** What this process runs of the subscriptions. @default all, divided automatically */
  abstract readonly work?: WorkConfig;
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

const LOG_LEVELS = ['fatal', 'error', 'warn', 'log', 'debug', 'verbose'] as const satisfies readonly LogLevel[];

const environment = z.object({
  PORT: wholeNumber(0, 65_535).default(3000),
  STORE: z.enum(['postgres', 'memory'], { error: "must be 'postgres' or 'memory'" }).default('postgres'),
  DATABASE_URL: z
    .url({ protocol: /^postgres(ql)?$/, error: 'must be a URL such as postgres://user:password@host:5432/database' })
    .optional(),
  TIDEMARK_DATA_DIR: z.string().default('.data/postgres'),
  READ_MODEL_TIMEOUT_MS: wholeNumber(0, 60_000).default(5_000),
  WORKERS: z
    .enum(['true', 'false'], { error: "must be 'true' or 'false'" })
    .default('true')
    .transform((text) => text === 'true'),
  SUBSCRIPTIONS: z
    .string()
    .transform((text) => text.split(',').map((name) => name.trim()))
    .refine((names) => names.every((name) => name !== ''), 'must be names with commas in between')
    .optional(),
  LOG_LEVEL: z.enum(LOG_LEVELS, { error: `must be one of ${LOG_LEVELS.join(', ')}` }).default('warn'),
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
    logLevel: data.LOG_LEVEL,
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

function wholeNumber(min: number, max: number) {
  const range = `must be a whole number from ${min} to ${max}`;
  return z
    .string()
    .trim()
    .regex(/^\d{1,6}$/, range)
    .transform(Number)
    .refine((value) => value >= min && value <= max, range);
}
