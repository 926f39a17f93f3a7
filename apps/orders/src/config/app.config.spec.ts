import { describe, expect, it } from '@jest/globals';
import { ConfigurationError } from '@tidemark/event-sourcing';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseEnv } from 'node:util';
import { ABOUT } from '../about.js';
import { readConfig } from './app.config.js';

const DATABASE_URL = 'postgresql://someone:secret@db.example:5433/orders?sslmode=require';

describe('readConfig', () => {
  it('starts an embedded server where the environment says nothing', () => {
    expect(readConfig({})).toMatchObject({
      port: 3000,
      store: { kind: 'embedded', dataDir: resolve('.data/postgres') },
      readModelTimeoutMs: 5_000,
      logLevel: 'warn',
      serviceName: ABOUT.name,
      database: { host: undefined, applicationName: ABOUT.name },
      eventSourcing: { workers: true, subscriptions: { only: undefined, assignment: 'automatic' } },
    });
  });

  it('takes the server of DATABASE_URL', () => {
    const { store, database } = readConfig({ DATABASE_URL });
    expect(store).toEqual({ kind: 'external' });
    expect(database).toMatchObject({ host: 'db.example', port: 5433, ssl: { rejectUnauthorized: false } });
  });

  it('takes the memory store also where a server is named', () => {
    expect(readConfig({ STORE: 'memory', DATABASE_URL }).store).toEqual({ kind: 'memory' });
  });

  it('reads its own variables and those of the library', () => {
    const own = {
      TIDEMARK_DATA_DIR: '/var/data',
      READ_MODEL_TIMEOUT_MS: '250',
      SERVICE_NAME: 'shop',
      LOG_LEVEL: 'log',
    };
    expect(readConfig({ ...own, PORT: '0', TOTAL_PARTITIONS: '4' }, 'orders-3')).toMatchObject({
      port: 0,
      store: { kind: 'embedded', dataDir: '/var/data' },
      readModelTimeoutMs: 250,
      logLevel: 'info',
      serviceName: 'shop',
      eventSourcing: { subscriptions: { assignment: { index: 3, total: 4 } } },
    });
  });

  it('takes an empty variable as absent', () => {
    expect(readConfig({ STORE: '', DATABASE_URL: ' ' })).toEqual(readConfig({}));
  });

  it('lists all that is wrong in one error, without the values', () => {
    const variables = {
      PORT: '70000',
      STORE: 'oracle',
      DATABASE_URL: 'mysql://someone:secret@localhost/orders',
      READ_MODEL_TIMEOUT_MS: '60001',
      LOG_LEVEL: 'loud',
      TOTAL_PARTITIONS: '0',
    };
    const read = (): unknown => readConfig(variables);
    expect(read).toThrow(ConfigurationError);
    for (const name of Object.keys(variables)) expect(read).toThrow(name);
    expect(read).not.toThrow(/secret|oracle/);
  });

  it('is content with the template, all of it taken', () => {
    const lines = readFileSync(resolve('.env.example'), 'utf8').replaceAll(/^#(?=[A-Z_]+=)/gm, '');
    const { DATABASE_SSL_CA, ...variables } = parseEnv(lines);
    // A file that is not there.
    expect(DATABASE_SSL_CA).toMatch(/\.pem$/);
    expect(Object.keys(variables).length).toBeGreaterThan(20);
    expect(readConfig({ ...variables, STORE: '' })).toMatchObject({
      store: { kind: 'external' },
      serviceName: ABOUT.name,
    });
  });
});
