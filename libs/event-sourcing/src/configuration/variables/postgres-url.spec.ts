import { describe, expect, it } from '@jest/globals';
import { postgresUrl, type PostgresAddress } from './postgres-url.js';

function partsOf(url: string): Record<string, unknown> {
  const { password, ...rest } = postgresUrl.parse(url);
  return Object.fromEntries(
    Object.entries({ ...rest, password: password?.() }).filter(
      ([name, value]) => value !== undefined && name !== 'parameters',
    ),
  );
}

describe('postgresUrl', () => {
  it.each<[string, Partial<Omit<PostgresAddress, 'password'>> & { readonly password?: string }]>([
    [
      'postgres://ada:pw@db:5433/orders',
      { host: 'db', port: 5433, username: 'ada', password: 'pw', database: 'orders' },
    ],
    ['postgresql://db/orders', { host: 'db', database: 'orders' }],
    ['postgres://a%40b:p%23w%2F%3A%20@db/o%20r', { host: 'db', username: 'a@b', password: 'p#w/: ', database: 'o r' }],
    ['postgres://[::1]:5432/orders', { host: '::1', port: 5432, database: 'orders' }],
    ['postgres:///orders?host=/var/run/postgresql', { host: '/var/run/postgresql', database: 'orders' }],
    ['postgres://ada:pw@/orders?host=/run', { host: '/run', username: 'ada', password: 'pw', database: 'orders' }],
    ['postgres://%2Fvar%2Frun/orders', { host: '/var/run', database: 'orders' }],
    ['postgres://db?user=ada&password=pw&port=6', { host: 'db', port: 6, username: 'ada', password: 'pw' }],
    ['postgres://db/o?sslmode=no-verify', { host: 'db', database: 'o', sslMode: 'require' }],
    [
      'postgres://db/o?ssl=true&sslrootcert=/ca',
      { host: 'db', database: 'o', sslMode: 'verify-full', sslRootCert: '/ca' },
    ],
  ])('takes %s apart', (url, expected) => {
    expect(partsOf(url)).toEqual(expected);
  });

  it('keeps the parameters that the driver takes, and no others', () => {
    const url = 'postgres://db/o?options=-c%20a%3Db&application_name=x&statement_timeout=5&max=99&log=1&ssl=0&host=h';
    expect(postgresUrl.parse(url).parameters).toEqual({
      options: '-c a=b',
      application_name: 'x',
      statement_timeout: '5',
    });
  });

  it.each([
    ['mysql://ada:s3cr3t@db/orders', /^must be a URL such as/],
    ['ada:s3cr3t@db/orders', /^must be a URL such as/],
    ['postgres://ada:s3/cr3t@db/orders', /percent-encoded .*\/ is %2F/],
    ['postgres://ada:12#s3cr3t@db/orders', /# is %23/],
    ['postgres://ada:s3cr3t%zz@db/orders', /percent-encoded/],
    ['postgres://ada:s3cr3t@db:99999/orders', /^must be a URL/],
    ['postgres://ada:s3cr3t@db/orders?port=x', /^has a port that is no number/],
    ['postgres://ada:s3cr3t@one,two/orders', /^names several hosts/],
    ['postgres://ada:s3cr3t@db/orders?sslmode=prefer', /sslmode .*'prefer' is not offered/],
    [
      'postgres://ada:s3cr3t@db/orders?sslmode=s3cr3t',
      /sslmode that must be one of disable, require, verify-ca, verify-full$/,
    ],
    ['postgres://ada:s3cr3t@db/orders?sslkey=s3cr3t', /^names a client certificate/],
  ])('refuses %s, and says nothing of it', (url, expected) => {
    const { error } = postgresUrl.safeParse(url);
    expect(error?.issues.map(({ message }) => message)).toEqual([expect.stringMatching(expected)]);
    expect(String(error)).not.toMatch(/s3|cr3t/);
  });
});
