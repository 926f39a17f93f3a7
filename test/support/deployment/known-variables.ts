import { existsSync, readFileSync } from 'node:fs';

const DATABASE = 'URL POOL_SIZE POOL_TIMEOUT_MS STATEMENT_TIMEOUT_MS SSL_MODE SSL_CA'
  .split(' ')
  .map((name) => `DATABASE_${name}`);
const OTHERS =
  'INSTANCE_COUNT MAX_DB_CONNECTIONS LOG_LEVEL ENABLE_TRACING OTEL_EXPORTER_OTLP_ENDPOINT SERVICE_NAME SHUTDOWN_TIMEOUT_MS ' +
  'DRAIN_TIMEOUT_MS PARTITION_KEY TOTAL_PARTITIONS POD_NAME BATCH_SIZE PORT WORKERS SUBSCRIPTIONS READ_MODEL_TIMEOUT_MS STORE';

/** Names of the environment variables that the sample app knows. */
export function knownVariables(): readonly string[] {
  if (!existsSync('.env.example')) return [...DATABASE, ...OTHERS.split(' ')];
  return [...readFileSync('.env.example', 'utf8').matchAll(/^#?([A-Z][A-Z_]+)=/gm)].map(([, name = '']) => name);
}

/** What is wrong with settings of the app: unknown names, and time-outs that the grace period does not leave room for. */
export function problemsOf(settings: Readonly<Record<string, unknown>>, graceSeconds?: number): readonly string[] {
  const known = knownVariables();
  const unknown = Object.keys(settings).filter((name) => !known.includes(name));
  const [shutdown, drain] = [settings['SHUTDOWN_TIMEOUT_MS'], settings['DRAIN_TIMEOUT_MS']].map(Number);
  return [
    ...unknown.map((name) => `the app knows no ${name}`),
    ...Object.entries(settings).flatMap(([name, value]) => (typeof value === 'string' ? [] : [`${name} is no text`])),
    ...(drain! < shutdown! ? [] : ['DRAIN_TIMEOUT_MS is not below SHUTDOWN_TIMEOUT_MS']),
    ...(graceSeconds === undefined || graceSeconds * 1_000 >= shutdown! + 5_000
      ? []
      : [`${graceSeconds} s of grace are too few`]),
  ];
}
