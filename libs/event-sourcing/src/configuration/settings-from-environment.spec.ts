import { describe, expect, it } from '@jest/globals';
import { inspect } from 'node:util';
import { ConfigurationError } from '../core/index.js';
import { SHUTDOWN_DEFAULTS } from '../lifecycle/index.js';
import { resolveSubscriptionsOptions } from '../subscriptions/index.js';
import type { Environment } from './read-variables.js';
import { databaseFromEnvironment, settingsFromEnvironment, type SettingsReading } from './settings-from-environment.js';

const URL = 'postgres://ada:s3cr3t@db.example:5433/orders';

function problemsOf(environment: Environment, reading?: SettingsReading): readonly string[] {
  try {
    settingsFromEnvironment({ DATABASE_URL: URL, ...environment }, reading);
  } catch (error) {
    if (error instanceof ConfigurationError) return error.problems;
    throw error;
  }
  return [];
}

describe('settingsFromEnvironment', () => {
  it('has the defaults of the options where only the database is named', () => {
    const { batchSize } = resolveSubscriptionsOptions({});
    expect(settingsFromEnvironment({ DATABASE_URL: URL })).toEqual({
      database: {
        type: 'postgres',
        host: 'db.example',
        port: 5433,
        username: 'ada',
        password: expect.any(Function),
        database: 'orders',
        ssl: false,
        applicationName: 'tidemark',
        poolSize: 10,
        connectTimeoutMS: 30_000,
        extra: {},
      },
      eventSourcing: {
        workers: true,
        subscriptions: { assignment: 'automatic', batchSize, only: undefined },
        shutdown: SHUTDOWN_DEFAULTS,
      },
      port: 3000,
      serviceName: 'tidemark',
      logLevel: 'info',
      tracing: { enabled: false, endpoint: undefined },
    });
  });

  it('reads every variable', () => {
    const settings = settingsFromEnvironment(
      {
        DATABASE_URL: URL,
        DATABASE_POOL_SIZE: '7',
        DATABASE_POOL_TIMEOUT_MS: '250',
        DATABASE_STATEMENT_TIMEOUT_MS: '900',
        DATABASE_SSL_MODE: 'require',
        MAX_DB_CONNECTIONS: '100',
        INSTANCE_COUNT: '3',
        PORT: '0',
        SERVICE_NAME: ' billing ',
        LOG_LEVEL: 'trace',
        ENABLE_TRACING: 'true',
        OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318',
        WORKERS: 'false',
        SUBSCRIPTIONS: 'order-summary, mails',
        BATCH_SIZE: '25',
        TOTAL_PARTITIONS: '4',
        POD_NAME: 'orders-3',
        DRAIN_TIMEOUT_MS: '0',
        SHUTDOWN_TIMEOUT_MS: '1000',
      },
      { hostname: 'orders-1' },
    );
    expect(settings).toMatchObject({
      database: {
        ssl: { rejectUnauthorized: false },
        applicationName: 'billing',
        poolSize: 7,
        connectTimeoutMS: 250,
        extra: { statement_timeout: 900 },
      },
      eventSourcing: {
        workers: false,
        subscriptions: { assignment: { index: 3, total: 4 }, batchSize: 25, only: ['order-summary', 'mails'] },
        shutdown: { drainTimeoutMs: 0, shutdownTimeoutMs: 1_000 },
      },
      port: 0,
      serviceName: 'billing',
      logLevel: 'trace',
      tracing: { enabled: true, endpoint: 'http://collector:4318' },
    });
    expect(settings.database.password?.()).toBe('s3cr3t');
  });

  it.each([
    ['log', 'info'],
    ['verbose', 'trace'],
    ['debug', 'debug'],
  ])('takes the level %s as %s', (given, expected) => {
    expect(settingsFromEnvironment({ DATABASE_URL: URL, LOG_LEVEL: given }).logLevel).toBe(expected);
  });

  it('takes the ordinal of the host, and an empty variable as absent', () => {
    const { eventSourcing, port } = settingsFromEnvironment(
      { DATABASE_URL: URL, TOTAL_PARTITIONS: '4', PORT: '', BATCH_SIZE: ' ' },
      { hostname: 'orders-2' },
    );
    expect(eventSourcing.subscriptions).toMatchObject({ assignment: { index: 2, total: 4 }, batchSize: 100 });
    expect(port).toBe(3000);
  });

  it('lets the defaults of the app stand behind the environment', () => {
    const defaults = { SERVICE_NAME: 'orders', PORT: '8080', LOG_LEVEL: 'warn' };
    const given = { DATABASE_URL: URL, LOG_LEVEL: 'error' };
    expect(settingsFromEnvironment(given, { defaults })).toMatchObject({
      serviceName: 'orders',
      port: 8080,
      logLevel: 'error',
      database: { applicationName: 'orders' },
    });
  });

  it('wants the database, unless it is optional', () => {
    expect(() => settingsFromEnvironment({ DATABASE_URL: ' ' })).toThrow('DATABASE_URL is missing');
    const { database } = settingsFromEnvironment({}, { databaseUrl: 'optional' });
    expect([database.host, database.poolSize]).toEqual([undefined, 10]);
    expect(() => settingsFromEnvironment({ DATABASE_SSL_MODE: 'require' }, { databaseUrl: 'optional' })).toThrow(
      /DATABASE_SSL_MODE .* need DATABASE_URL/,
    );
  });

  it('lists all that is wrong in one error, without the values', () => {
    const wrong = {
      DATABASE_URL: 'mysql://ada:s3cr3t@db.example/orders',
      DATABASE_POOL_SIZE: '1',
      DATABASE_POOL_TIMEOUT_MS: 'soon',
      DATABASE_STATEMENT_TIMEOUT_MS: '-5',
      DATABASE_SSL_MODE: 'prefer',
      DATABASE_SSL_CA: '-----BEGIN PRIVATE KEY-----s3cr3t',
      MAX_DB_CONNECTIONS: '0',
      INSTANCE_COUNT: '1e3',
      PORT: '70000',
      LOG_LEVEL: 's3cr3t',
      ENABLE_TRACING: 'yes',
      OTEL_EXPORTER_OTLP_ENDPOINT: 'http://ada:s3cr3t@collector:4318',
      WORKERS: '1',
      SUBSCRIPTIONS: 'one,,two',
      BATCH_SIZE: '0',
      PARTITION_KEY: '4',
      TOTAL_PARTITIONS: '4',
      DRAIN_TIMEOUT_MS: '2147483648',
      SHUTDOWN_TIMEOUT_MS: 'x',
    };
    const problems = problemsOf(wrong);
    expect(problems.map((problem) => /^\w+/.exec(problem)?.[0]).sort()).toEqual(
      Object.keys(wrong)
        .filter((name) => name !== 'TOTAL_PARTITIONS')
        .sort(),
    );
    expect(problems.join('\n')).not.toMatch(/s3cr3t|ada/);
    for (const problem of problems) expect(problem).toMatch(/[^.]\.$/);
  });

  it.each<[string, Environment, RegExp]>([
    [
      'a drain that is longer than the shutdown',
      { DRAIN_TIMEOUT_MS: '90000' },
      /^DRAIN_TIMEOUT_MS \(90000\) .*\(60000\)/,
    ],
    [
      'a shutdown that is shorter than the drain',
      { SHUTDOWN_TIMEOUT_MS: '5000' },
      /^DRAIN_TIMEOUT_MS \(30000\) .*\(5000\)/,
    ],
    ['instances of nothing', { INSTANCE_COUNT: '3' }, /^INSTANCE_COUNT divides MAX_DB_CONNECTIONS, which is not set/],
    ['a key of no total', { PARTITION_KEY: '1' }, /^PARTITION_KEY is set and TOTAL_PARTITIONS is not/],
    ['a total and no key', { TOTAL_PARTITIONS: '2' }, /^TOTAL_PARTITIONS is set and there is no number/],
    [
      'two limits for statements',
      { DATABASE_STATEMENT_TIMEOUT_MS: '5', DATABASE_URL: `${URL}?statement_timeout=9` },
      /^DATABASE_STATEMENT_TIMEOUT_MS is set, and DATABASE_URL has a statement_timeout/,
    ],
  ])('refuses %s', (_, environment, expected) => {
    expect(problemsOf(environment)).toEqual([expect.stringMatching(expected)]);
  });

  it('shows the password to nobody who prints it, or a copy of it', () => {
    const settings = settingsFromEnvironment({ DATABASE_URL: `${URL}?password=s3cr3t2` });
    const copy = { ...settings.database, entities: [] };
    for (const one of [settings, settings.database, copy, { nested: { copy } }]) {
      const shown = [JSON.stringify(one), inspect(one, { depth: 10, showHidden: true })];
      expect(shown.join()).not.toMatch(/s3cr3t/);
    }
    expect(settings.database.password?.()).toBe('s3cr3t2');
    expect(copy.password?.()).toBe('s3cr3t2');
  });

  it('is frozen', () => {
    const settings = settingsFromEnvironment({ DATABASE_URL: URL, SUBSCRIPTIONS: 'a' });
    const { database, eventSourcing } = settings;
    for (const one of [settings, database, database.extra, eventSourcing, eventSourcing.subscriptions.only]) {
      expect(Object.isFrozen(one)).toBe(true);
    }
  });
});

describe('databaseFromEnvironment', () => {
  it('looks at nothing but the database', () => {
    const environment = { DATABASE_URL: URL, PORT: 'http', TOTAL_PARTITIONS: 'many', SERVICE_NAME: 'migration' };
    expect(databaseFromEnvironment(environment)).toMatchObject({ host: 'db.example', applicationName: 'migration' });
    expect(() => databaseFromEnvironment({ PORT: 'http' })).toThrow(
      /^Tidemark cannot start: DATABASE_URL is missing.$/,
    );
  });
});
