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
    expect(readConfig({ ...variables, ...work })).toEqual({
      port: 0,
      store: { kind: 'embedded', dataDir: '/var/data' },
      readModelTimeoutMs: 250,
      logLevel: 'debug',
      work: { workers: false, only: ['order-summary', 'mails'], assignment: { index: 1, total: 2 } },
    });
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
