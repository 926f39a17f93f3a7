import { ConfigurationError, deepFreeze } from '../core/index.js';
import { type Assignment, assignmentFromEnvironment } from '../subscriptions/index.js';
import { poolSizeOf } from './pool-size.js';
import { type Environment, readingOf, type ValuesOf } from './read-variables.js';
import type { DatabaseSettings, EventSourcingSettings, Settings } from './settings.js';
import { tlsOf } from './tls.js';
import { DATABASE_VARIABLES } from './variables/database.variables.js';
import { PROCESS_VARIABLES } from './variables/process.variables.js';
import { WORK_VARIABLES } from './variables/work.variables.js';

const FOR_DATABASE = { ...DATABASE_VARIABLES, SERVICE_NAME: PROCESS_VARIABLES.SERVICE_NAME };
const ALL = { ...DATABASE_VARIABLES, ...PROCESS_VARIABLES, ...WORK_VARIABLES };

/** Name of a variable that {@link settingsFromEnvironment} reads. */
export type SettingsVariable = keyof typeof ALL;

/** How to read the settings. */
export interface SettingsReading {
  /** Name of this machine; a StatefulSet's pod has its number in it. @default none */
  readonly hostname?: string;
  /** Whether `DATABASE_URL` may be left out, as by an app that has a database of its own. @default 'required' */
  readonly databaseUrl?: 'required' | 'optional';
  /** Texts that count where the environment says nothing, in the place of the general defaults. @default none */
  readonly defaults?: Readonly<Partial<Record<SettingsVariable, string>>>;
}

type DatabaseValues = Partial<ValuesOf<typeof FOR_DATABASE>>;
type AllValues = Partial<ValuesOf<typeof ALL>>;

/**
 * What an app is told by its environment, such as `process.env`; an empty variable counts as absent. Throws one
 * `ConfigurationError` that lists all that is wrong, combinations included, by names and never with a value that may be secret.
 */
export function settingsFromEnvironment(environment: Environment, reading: SettingsReading = {}): Settings {
  const { values, problems: misread } = readingOf(ALL, environment, reading.defaults);
  const problems = [...misread];
  const database = databaseOf(values, isToBeGiven(environment, reading), problems);
  const eventSourcing = eventSourcingOf(values, reading.hostname ?? '', problems);
  if (problems.length > 0) throw new ConfigurationError(problems);
  // Nothing is wrong, so what has a default is there.
  const { PORT, SERVICE_NAME, LOG_LEVEL, ENABLE_TRACING, OTEL_EXPORTER_OTLP_ENDPOINT } = values as ValuesOf<typeof ALL>;
  return deepFreeze({
    database,
    eventSourcing,
    port: PORT,
    serviceName: SERVICE_NAME,
    logLevel: LOG_LEVEL,
    tracing: { enabled: ENABLE_TRACING, endpoint: OTEL_EXPORTER_OTLP_ENDPOINT },
  });
}

/** The part of {@link settingsFromEnvironment} that a job needs which only works on the database, such as a migration. Throws the same. */
export function databaseFromEnvironment(environment: Environment, reading: SettingsReading = {}): DatabaseSettings {
  const { values, problems: misread } = readingOf(FOR_DATABASE, environment, reading.defaults);
  const problems = [...misread];
  const database = databaseOf(values, isToBeGiven(environment, reading), problems);
  if (problems.length > 0) throw new ConfigurationError(problems);
  return deepFreeze(database);
}

/** Whether the URL is missing: one that is there and unusable was told of already. */
function isToBeGiven(environment: Environment, { databaseUrl = 'required', defaults = {} }: SettingsReading) {
  const given = environment.DATABASE_URL?.trim() || defaults.DATABASE_URL;
  return { isMissing: given === undefined, isRequired: databaseUrl === 'required' };
}

function databaseOf(
  values: DatabaseValues,
  { isMissing, isRequired }: ReturnType<typeof isToBeGiven>,
  problems: string[],
): DatabaseSettings {
  if (isMissing && isRequired) problems.push('DATABASE_URL is missing.');
  if (isMissing && !isRequired && (values.DATABASE_SSL_MODE ?? values.DATABASE_SSL_CA) !== undefined) {
    problems.push('DATABASE_SSL_MODE and DATABASE_SSL_CA need DATABASE_URL, which is not set.');
  }
  const { host, port, username, password, database, parameters = {}, ...tls } = values.DATABASE_URL ?? {};
  const { application_name: applicationName, ...extra } = parameters;
  const limit = values.DATABASE_STATEMENT_TIMEOUT_MS;
  if (limit !== undefined && extra.statement_timeout !== undefined) {
    problems.push(
      'DATABASE_STATEMENT_TIMEOUT_MS is set, and DATABASE_URL has a statement_timeout. Say it in one place.',
    );
  }
  return {
    type: 'postgres',
    host,
    port,
    username,
    password,
    database,
    ssl: tlsOf(values, tls, problems),
    applicationName: applicationName ?? values.SERVICE_NAME ?? '',
    poolSize: poolSizeOf(values, problems),
    connectTimeoutMS: values.DATABASE_POOL_TIMEOUT_MS ?? 0,
    extra: { ...extra, ...(limit !== undefined && { statement_timeout: limit }) },
  };
}

function eventSourcingOf(values: AllValues, hostname: string, problems: string[]): EventSourcingSettings {
  const { WORKERS = true, BATCH_SIZE = 1, SUBSCRIPTIONS, DRAIN_TIMEOUT_MS = 0, SHUTDOWN_TIMEOUT_MS = 0 } = values;
  if (values.SHUTDOWN_TIMEOUT_MS !== undefined && DRAIN_TIMEOUT_MS > SHUTDOWN_TIMEOUT_MS) {
    problems.push(
      `DRAIN_TIMEOUT_MS (${DRAIN_TIMEOUT_MS}) must not be greater than SHUTDOWN_TIMEOUT_MS (${SHUTDOWN_TIMEOUT_MS}). Set both.`,
    );
  }
  return {
    workers: WORKERS,
    subscriptions: { assignment: assignmentOf(values, hostname, problems), batchSize: BATCH_SIZE, only: SUBSCRIPTIONS },
    shutdown: { drainTimeoutMs: DRAIN_TIMEOUT_MS, shutdownTimeoutMs: SHUTDOWN_TIMEOUT_MS },
  };
}

function assignmentOf(
  { TOTAL_PARTITIONS, PARTITION_KEY, POD_NAME }: AllValues,
  hostname: string,
  problems: string[],
): Assignment {
  try {
    return assignmentFromEnvironment({ TOTAL_PARTITIONS, PARTITION_KEY, POD_NAME }, hostname);
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    problems.push(...error.problems);
    return 'automatic';
  }
}
