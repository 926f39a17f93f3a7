import { describe, expect, it } from '@jest/globals';
import { resolve } from 'node:path';
import { ConfigError, readConfig } from './orders.config.js';

describe('readConfig', () => {
  it('starts an embedded server where the environment says nothing', () => {
    expect(readConfig({})).toEqual({
      port: 3000,
      store: { kind: 'embedded', dataDir: resolve('.data/postgres') },
      readModelTimeoutMs: 5_000,
      logLevel: 'warn',
      serviceName: 'orders',
      tracing: { enabled: false, endpoint: undefined },
      work: { workers: true, only: undefined, assignment: 'automatic' },
    });
  });

  it('takes the server of DATABASE_URL', () => {
    const url = 'postgresql://someone:secret@db.example:5433/orders?sslmode=require';
    expect(readConfig({ DATABASE_URL: url }).store).toEqual({ kind: 'external', url });
  });

  it('takes the memory store also where a server is named', () => {
    expect(readConfig({ STORE: 'memory', DATABASE_URL: 'postgres://localhost/orders' }).store).toEqual({
      kind: 'memory',
    });
  });

  it('reads every other variable', () => {
    const variables = { PORT: '0', TIDEMARK_DATA_DIR: '/var/data', READ_MODEL_TIMEOUT_MS: '250', LOG_LEVEL: 'debug' };
    const work = { WORKERS: 'false', SUBSCRIPTIONS: 'order-summary, mails', PARTITION_KEY: '1', TOTAL_PARTITIONS: '2' };
    const traces = { SERVICE_NAME: 'shop', ENABLE_TRACING: 'true', OTEL_EXPORTER_OTLP_ENDPOINT: 'http://jaeger:4318' };
    expect(readConfig({ ...variables, ...work, ...traces })).toEqual({
      port: 0,
      store: { kind: 'embedded', dataDir: '/var/data' },
      readModelTimeoutMs: 250,
      logLevel: 'debug',
      serviceName: 'shop',
      tracing: { enabled: true, endpoint: 'http://jaeger:4318' },
      work: { workers: false, only: ['order-summary', 'mails'], assignment: { index: 1, total: 2 } },
    });
  });

  it('takes Nest’s names of levels as those of pino', () => {
    expect(readConfig({ LOG_LEVEL: 'log' }).logLevel).toBe('info');
    expect(readConfig({ LOG_LEVEL: 'verbose' }).logLevel).toBe('trace');
  });

  it('takes its number from the name of a StatefulSet’s pod', () => {
    expect(readConfig({ TOTAL_PARTITIONS: '4' }, 'orders-3').work?.assignment).toEqual({ index: 3, total: 4 });
  });

  it('takes an empty variable as absent', () => {
    expect(readConfig({ PORT: '', DATABASE_URL: ' ' })).toEqual(readConfig({}));
  });

  it('lists all that is wrong in one error, without the values', () => {
    const variables = {
      PORT: '70000',
      STORE: 'oracle',
      DATABASE_URL: 'mysql://someone:secret@localhost/orders',
      READ_MODEL_TIMEOUT_MS: '-1',
      LOG_LEVEL: 'loud',
      ENABLE_TRACING: 'on',
      OTEL_EXPORTER_OTLP_ENDPOINT: 'jaeger',
      WORKERS: 'some',
      SUBSCRIPTIONS: 'order-summary,,',
      PARTITION_KEY: '4',
      TOTAL_PARTITIONS: '4',
    };
    const read = (): unknown => readConfig(variables);
    expect(read).toThrow(ConfigError);
    for (const name of Object.keys(variables)) expect(read).toThrow(name);
    expect(read).not.toThrow(/secret|oracle/);
  });
});
