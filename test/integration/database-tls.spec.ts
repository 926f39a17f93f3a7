import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { type ConfigurationError, databaseFromEnvironment, type Environment } from '@tidemark/event-sourcing';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { DataSource } from 'typeorm';
import { type RunningApp, startApp } from '../../apps/orders/src/bootstrap.js';
import { readConfig } from '../../apps/orders/src/config/app.config.js';
import { OrdersClient, seeing } from '../support/orders-client.js';
import { startTlsServer, type TlsServer } from '../support/tls-server.js';

const SESSIONS = `select distinct application_name as name, ssl from pg_stat_activity join pg_stat_ssl using (pid)
                  where datname = current_database() order by 1`;

/** A server that takes no connection without TLS, and everything that connects to it by the settings of the environment. */
describe('TLS', () => {
  let server: TlsServer;
  let running: RunningApp | undefined;

  beforeAll(async () => {
    server = await startTlsServer();
  });

  afterEach(async () => {
    await running?.close();
    running = undefined;
  });

  afterAll(async () => {
    await server.stop();
  });

  /** The environment, its CA by a name of the server's certificates, and its host by whether the certificate names it. */
  const environment = (
    ca?: 'authority' | 'authorityFile' | 'otherAuthority',
    mode?: string,
    url = server.url,
  ): Environment => ({
    DATABASE_URL: url,
    DATABASE_SSL_CA: ca && server[ca],
    DATABASE_SSL_MODE: mode,
  });

  /** Whether the connection is encrypted, or the code of the error. */
  async function connect(given: Environment): Promise<unknown> {
    const dataSource = new DataSource({ ...databaseFromEnvironment(given), poolSize: 1 });
    try {
      await dataSource.initialize();
    } catch (error) {
      return (error as { code?: string }).code;
    }
    const [row] = await dataSource.query<object[]>('select ssl from pg_stat_ssl where pid = pg_backend_pid()');
    await dataSource.destroy();
    return row;
  }

  const problemsOf = (given: Environment): unknown => {
    try {
      return databaseFromEnvironment(given);
    } catch (error) {
      return (error as ConfigurationError).problems;
    }
  };

  it('encrypts the pool, the connection beside it and the migrations of the sample app', async () => {
    running = await startApp(
      readConfig({ ...environment('authorityFile', 'verify-full'), PORT: '0', READ_MODEL_TIMEOUT_MS: '20000' }),
    );
    const orders = new OrdersClient(running.url);
    const placed = await orders.place();
    expect((await orders.get(`/orders/${placed.body.id}`, seeing(placed))).status).toBe(200);
    expect(await running.app.get(DataSource).query(SESSIONS)).toEqual([
      { name: 'orders', ssl: true },
      { name: 'tidemark control', ssl: true },
    ]);
  });

  it('holds for the script that migrates', async () => {
    const migrate = promisify(execFile)(process.execPath, ['scripts/migrate.mjs', 'status'], {
      env: { ...process.env, ...environment('authorityFile') },
    });
    await expect(migrate).resolves.toMatchObject({ stdout: expect.stringContaining("Schema 'tidemark'") });
  });

  it('checks what the mode says', async () => {
    const { url, otherUrl, authority, authorityFile } = server;
    const inUrl = `${url}?sslmode=verify-full&sslrootcert=${authorityFile}`;
    const escaped = authority.replaceAll('\n', '\\n');
    const outcomes = {
      'a CA alone': await connect(environment('authority')),
      'a CA as text of one line': await connect({ ...environment(), DATABASE_SSL_CA: escaped }),
      'by the URL': await connect({ DATABASE_URL: inUrl }),
      'verify-full, right': await connect(environment('authorityFile', 'verify-full')),
      'verify-full, other host': await connect(environment('authority', 'verify-full', otherUrl)),
      'verify-full, other CA': await connect(environment('otherAuthority', 'verify-full')),
      'verify-full, no CA': await connect(environment(undefined, 'verify-full')),
      'verify-ca, right': await connect(environment('authority', 'verify-ca')),
      'verify-ca, other host': await connect(environment('authority', 'verify-ca', otherUrl)),
      'verify-ca, other CA': await connect(environment('otherAuthority', 'verify-ca')),
      'require, other host': await connect(environment(undefined, 'require', otherUrl)),
      'require by the URL': await connect({ DATABASE_URL: `${otherUrl}?sslmode=require` }),
      disable: await connect(environment(undefined, 'disable')),
      'nothing said': await connect(environment()),
    };
    const encrypted = { ssl: true };
    const [wrongName, wrongSignature] = ['ERR_TLS_CERT_ALTNAME_INVALID', expect.stringMatching(/SIGNATURE|CERT/)];
    expect(outcomes).toEqual({
      'a CA alone': encrypted,
      'a CA as text of one line': encrypted,
      'by the URL': encrypted,
      'verify-full, right': encrypted,
      'verify-full, other host': wrongName,
      'verify-full, other CA': wrongSignature,
      'verify-full, no CA': wrongSignature,
      'verify-ca, right': encrypted,
      'verify-ca, other host': encrypted,
      'verify-ca, other CA': wrongSignature,
      'require, other host': encrypted,
      'require by the URL': encrypted,
      disable: '28000',
      'nothing said': '28000',
    });
  });

  it('is refused before it connects where what is said does not fit together', () => {
    const { url, authority, authorityFile } = server;
    const contradiction = problemsOf({ DATABASE_URL: `${url}?sslmode=require`, DATABASE_SSL_MODE: 'disable' });
    expect(contradiction).toEqual([
      expect.stringMatching(/^DATABASE_SSL_MODE is disable, and DATABASE_URL says require/),
    ]);
    expect(problemsOf(environment(undefined, 'verify-ca'))).toEqual([
      expect.stringMatching(/verify-ca, which needs DATABASE_SSL_CA/),
    ]);
    expect(problemsOf(environment('authority', 'require'))).toEqual([
      expect.stringMatching(/^DATABASE_SSL_CA .* is of no use with the mode require/),
    ]);
    expect(problemsOf({ DATABASE_URL: `${url}?sslrootcert=${authorityFile}`, DATABASE_SSL_CA: authority })).toEqual([
      expect.stringMatching(/^DATABASE_SSL_CA is set, and DATABASE_URL names an sslrootcert/),
    ]);
    expect(problemsOf({ DATABASE_URL: url, DATABASE_SSL_CA: `${authorityFile}.gone` })).toEqual([
      expect.stringMatching(/^DATABASE_SSL_CA is neither .* nor a file that can be read \(ENOENT\)/),
    ]);
    expect(problemsOf({ DATABASE_URL: `${url}?sslrootcert=${authorityFile}.gone` })).toEqual([
      expect.stringMatching(/^DATABASE_URL names an sslrootcert that is neither/),
    ]);
    const broken = authority.replace(/\n\w{20}/, '\nAAAAAAAAAAAAAAAAAAAA');
    expect(problemsOf({ DATABASE_URL: url, DATABASE_SSL_CA: broken })).toEqual([
      'DATABASE_SSL_CA holds a certificate that cannot be decoded.',
    ]);
  });
});
