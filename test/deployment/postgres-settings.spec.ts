import { describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { RestartableServer } from '../support/restartable-server.js';
import { parse } from 'yaml';
import pg from 'pg';

/** Settings of a file in the form of postgresql.conf, with the line above each. */
function readSettings(path: string): Map<string, string> {
  const lines = readFileSync(path, 'utf8').split('\n');
  return new Map(
    lines
      .filter((line) => !/^\s*([#;[]|$)/.test(line))
      .map((line) => {
        const [, name = '', value = ''] = /^(\w+) = (.+)$/.exec(line) ?? [];
        if (name === '') throw new Error(`this is no setting: ${line}`);
        return [name, value] as const;
      }),
  );
}

describe('docker/postgres/tidemark.conf', () => {
  const settings = readSettings('docker/postgres/tidemark.conf');

  it('is taken as a whole by a server, which then has just these values', async () => {
    // Sizes that a machine for tests may not have; the units are looked at all the same.
    const small = { shared_buffers: '16MB', wal_buffers: '1MB' };
    const all: Record<string, string> = { ...Object.fromEntries(settings), ...small };
    const server = new RestartableServer({ durable: true, settings: all });
    try {
      const client = new pg.Client({ connectionString: await server.up() });
      await client.connect();
      const names = Object.keys(all);
      const { rows } = await client.query<{ name: string; now: string }>(
        'select name, current_setting(name) as now from pg_settings where name = any ($1)',
        [names],
      );
      await client.end();
      // From 15 on, the server tells which compression `on` is.
      const now = Object.fromEntries(rows.map((row) => [row.name, plain(row.now.replace('pglz', 'on'))]));
      expect(now).toEqual(Object.fromEntries(names.map((name) => [name, plain(all[name]!)])));
    } finally {
      await server.remove();
    }
  });

  it('says why of every setting', () => {
    const paragraphs = readFileSync('docker/postgres/tidemark.conf', 'utf8').split(/\n\n+/).slice(1);
    for (const paragraph of paragraphs) expect(paragraph).toMatch(/^#/);
    expect(settings.size).toBeGreaterThan(25);
    expect(settings.get('fsync')).toBe('on');
  });

  it('has room for what compose and PgBouncer let connect', () => {
    const most = Number(settings.get('max_connections')) - Number(settings.get('superuser_reserved_connections'));
    const compose = parse(readFileSync('docker/compose.yaml', 'utf8'), { merge: true }) as {
      services: { orders: { environment: Record<string, string> }; postgres: { command: string } };
    };
    expect(Number(compose.services.orders.environment['MAX_DB_CONNECTIONS'])).toBeLessThan(most);
    const bouncer = readSettings('docker/pgbouncer/pgbouncer.ini');
    const pool = Number(bouncer.get('default_pool_size')) + Number(bouncer.get('reserve_pool_size'));
    expect(pool).toBeLessThan(most);
    expect([bouncer.get('pool_mode'), bouncer.get('auth_type')]).toEqual(['transaction', 'scram-sha-256']);
    expect(Number(bouncer.get('max_prepared_statements'))).toBeGreaterThan(0);
    const [, given = ''] = /postgres -c config_file=(\S+)/.exec(compose.services.postgres.command) ?? [];
    expect(readFileSync('docker/compose.yaml', 'utf8')).toContain(`./postgres/tidemark.conf:${given}:ro`);
  });
});

const UNITS: Readonly<Record<string, number>> = {
  ...{ kB: 1024, MB: 1024 ** 2, GB: 1024 ** 3 },
  ...{ ms: 1, s: 1_000, min: 60_000, h: 3_600_000 },
};

/** A value apart from how it is written: 60s is 1min. */
function plain(value: string): string | number {
  const [, amount, unit] = /^([\d.]+)(kB|MB|GB|ms|s|min|h)?$/.exec(value) ?? [];
  if (amount === undefined) return value;
  return Number(amount) * (unit === undefined ? 1 : UNITS[unit]!);
}
