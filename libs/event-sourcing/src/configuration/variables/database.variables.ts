import { certificateAuthority } from './certificate-authority.js';
import type { EnvironmentVariables } from './environment-variable.js';
import { milliseconds, wholeNumber } from './fields.js';
import { postgresUrl } from './postgres-url.js';
import { sslMode } from './ssl-mode.js';

/** How to reach the database, and how much of it to use. */
export const DATABASE_VARIABLES = {
  DATABASE_URL: {
    field: postgresUrl,
    type: 'URL, secret',
    example: 'postgres://user:password@localhost:5432/database',
    meaning:
      'The database. Special characters of user and password are percent-encoded. Parameters that count: `sslmode` and `ssl`, ' +
      '`sslrootcert`, `host`, `options`, `application_name`, `client_encoding` and the time limits of the server.',
  },
  DATABASE_POOL_SIZE: {
    field: wholeNumber(2, 10_000),
    type: 'number, from 2',
    otherwise: '`10`, or what `MAX_DB_CONNECTIONS` leaves',
    example: '10',
    meaning: 'Connections of the pool. The process has one more beside it.',
  },
  MAX_DB_CONNECTIONS: {
    field: wholeNumber(1, 100_000),
    type: 'number, from 1',
    example: '100',
    meaning:
      "Connections that the server takes (`max_connections`), or that are this app's. 90 % of them are divided by `INSTANCE_COUNT`; of its share, a " +
      'process keeps one for the connection beside the pool, and the rest is the pool.',
  },
  INSTANCE_COUNT: {
    field: wholeNumber(1, 10_000),
    type: 'number, from 1',
    otherwise: '`1`',
    example: '3',
    meaning:
      'Processes of the app at most, those of a rolling update included. Only together with `MAX_DB_CONNECTIONS`.',
  },
  DATABASE_POOL_TIMEOUT_MS: {
    field: milliseconds(1),
    default: '30000',
    type: 'milliseconds',
    example: '30000',
    meaning:
      'How long to wait for a free connection of the pool, and for a new one to be made, before `PoolTimeoutError`.',
  },
  DATABASE_STATEMENT_TIMEOUT_MS: {
    field: milliseconds(1),
    type: 'milliseconds',
    otherwise: 'as the role has it',
    example: '30000',
    meaning:
      'How long the server works on one statement of the pool before it cancels it. Migrations, the start of a rebuild and heartbeats are ' +
      'not limited. Behind PgBouncer, set it at the role instead.',
  },
  DATABASE_SSL_MODE: {
    field: sslMode,
    type: '`disable`, `require`, `verify-ca` or `verify-full`',
    otherwise: "the URL's, `verify-full` where there is a CA, else `disable`",
    example: 'verify-full',
    meaning:
      '`require` encrypts and checks nothing; `verify-ca` wants a certificate of the CA; `verify-full` wants it to name the host as well. ' +
      'It holds for the pool, the connection beside it and migrations.',
  },
  DATABASE_SSL_CA: {
    field: certificateAuthority,
    type: 'path, or PEM text',
    otherwise: "the URL's `sslrootcert`, else the authorities that Node trusts",
    example: '/etc/ssl/certs/database-ca.pem',
    meaning:
      'Certificates of the authorities that the server may have its own from. Line ends of a text may be written as `\\n`.',
  },
} as const satisfies EnvironmentVariables;
