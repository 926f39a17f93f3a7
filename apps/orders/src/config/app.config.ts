import {
  ConfigurationError,
  type DatabaseSettings,
  type Environment,
  type EventSourcingSettings,
  readVariables,
  settingsFromEnvironment,
  type SettingsLogLevel,
  type TracingSettings,
} from '@tidemark/event-sourcing';
import { resolve } from 'node:path';
import { APP_DEFAULTS, APP_VARIABLES } from './app.variables.js';

/** How the app runs; made of the environment by {@link readConfig}, or by hand in tests. */
export abstract class AppConfig {
  /** Port to listen on; 0 takes a free one. */
  abstract readonly port: number;
  /** Where events and the read model live. */
  abstract readonly store: StoreConfig;
  /** How long a read waits for the position that it names, in milliseconds. */
  abstract readonly readModelTimeoutMs: number;
  /** Least severe level that is logged. */
  abstract readonly logLevel: SettingsLogLevel;
  /** How to connect; without an address where the server is the app's own. @default a pool of TypeORM's own size */
  abstract readonly database?: DatabaseSettings;
  /** What this process runs of the subscriptions, and how it ends. @default all, divided automatically */
  abstract readonly eventSourcing?: EventSourcingSettings;
  /** Name of the app in logs and traces. @default the one in `about.ts` */
  abstract readonly serviceName?: string;
  /** Whether and where spans are sent. @default none */
  abstract readonly tracing?: TracingSettings;
}

/**
 * `embedded`: a PostgreSQL server that the app starts on a data folder. `external`: the server of `database`, or of a
 * connection string. `memory`: nothing outlives the process.
 */
export type StoreConfig =
  | { readonly kind: 'embedded'; readonly dataDir: string }
  | { readonly kind: 'external'; readonly url?: string }
  | { readonly kind: 'memory' };

/**
 * Reads the configuration from environment variables; an empty one counts as absent. Throws one `ConfigurationError` that lists
 * all that is wrong.
 * @param hostname of this machine; a StatefulSet's pod has its number in it.
 */
export function readConfig(environment: Environment, hostname = ''): AppConfig {
  const problems: string[] = [];
  const reading = { hostname, databaseUrl: 'optional', defaults: APP_DEFAULTS } as const;
  const settings = listing(problems, () => settingsFromEnvironment(environment, reading));
  const own = listing(problems, () => readVariables(APP_VARIABLES, environment));
  if (settings === undefined || own === undefined) throw new ConfigurationError(problems);
  const hasServer = (environment.DATABASE_URL ?? '').trim() !== '';
  return {
    ...settings,
    store: storeOf(own.STORE, hasServer, own.TIDEMARK_DATA_DIR),
    readModelTimeoutMs: own.READ_MODEL_TIMEOUT_MS,
  };
}

function listing<T>(problems: string[], read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    problems.push(...error.problems);
    return undefined;
  }
}

function storeOf(store: 'postgres' | 'memory', hasServer: boolean, dataDir: string): StoreConfig {
  if (store === 'memory') return { kind: 'memory' };
  return hasServer ? { kind: 'external' } : { kind: 'embedded', dataDir: resolve(dataDir) };
}
