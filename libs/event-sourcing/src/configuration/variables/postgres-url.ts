import { z } from 'zod';
import { refusalOf, type SslMode, sslModeOf } from './ssl-mode.js';

/** What a connection string says, taken apart. */
export interface PostgresAddress {
  readonly host: string | undefined;
  readonly port: number | undefined;
  readonly username: string | undefined;
  /** A function, so that printing the address, or what is made of it, does not print the password. */
  readonly password: (() => string) | undefined;
  readonly database: string | undefined;
  readonly sslMode: SslMode | undefined;
  /** File with the certificates of authorities. */
  readonly sslRootCert: string | undefined;
  /** Parameters that the driver hands on to the server, or knows itself. */
  readonly parameters: Readonly<Record<string, string>>;
}

const FORM =
  'must be a URL such as postgres://user:password@host:5432/database, with special characters of user and password ' +
  'percent-encoded (# is %23, / is %2F, ? is %3F, @ is %40)';

const PARAMETERS = [
  'application_name',
  'client_encoding',
  'fallback_application_name',
  'idle_in_transaction_session_timeout',
  'lock_timeout',
  'options',
  'query_timeout',
  'sslnegotiation',
  'statement_timeout',
];
const CLIENT_CERTIFICATE = ['sslcert', 'sslkey', 'sslpassword'];

class Unusable extends Error {}

/** A connection string of PostgreSQL. What is wrong is said without repeating any of it. */
export const postgresUrl = z.string().transform((text, context): PostgresAddress => {
  try {
    return addressOf(parse(text));
  } catch (error) {
    // Whatever else is thrown, by URL or by decoding, has the string in it.
    context.addIssue({ code: 'custom', message: error instanceof Unusable ? error.message : FORM });
    return z.NEVER;
  }
});

function parse(text: string): URL {
  try {
    return new URL(text);
  } catch (error) {
    // A user at a local socket, as in postgres://user@/database?host=/run/postgresql: the driver takes it, URL does not.
    const url = new URL(text.replace('@/', '@localhost/'));
    if (!url.searchParams.has('host')) throw error;
    return url;
  }
}

function addressOf(url: URL): PostgresAddress {
  const { searchParams: query } = url;
  if (!/^postgres(ql)?:$/.test(url.protocol) || url.hash !== '') throw new Unusable(FORM);
  if (url.hostname.includes(',')) throw new Unusable('names several hosts, and the driver takes one');
  if (CLIENT_CERTIFICATE.some((name) => query.has(name))) {
    throw new Unusable(
      `names a client certificate (${CLIENT_CERTIFICATE.join(', ')}); give it to the DataSource as 'ssl' in the code of the app`,
    );
  }
  const password = query.get('password') ?? decodeURIComponent(url.password);
  return {
    host: query.get('host') ?? (decodeURIComponent(url.hostname).replace(/^\[(.+)\]$/, '$1') || undefined),
    port: portOf(query.get('port') ?? url.port),
    username: query.get('user') ?? (decodeURIComponent(url.username) || undefined),
    password: password === '' ? undefined : () => password,
    database: decodeURIComponent(url.pathname.slice(1)) || undefined,
    sslMode: modeIn(query),
    sslRootCert: query.get('sslrootcert') ?? undefined,
    parameters: Object.fromEntries([...query].filter(([name]) => PARAMETERS.includes(name))),
  };
}

function portOf(given: string): number | undefined {
  if (given === '') return undefined;
  const port = Number(given);
  if (!Number.isInteger(port) || port < 1 || port > 65_535)
    throw new Unusable('has a port that is no number from 1 to 65535');
  return port;
}

function modeIn(query: URLSearchParams): SslMode | undefined {
  const [name, given] = query.has('sslmode') ? ['sslmode', query.get('sslmode')] : ['ssl', query.get('ssl')];
  if (given === null) return undefined;
  const mode = sslModeOf(given);
  if (mode === undefined) throw new Unusable(`has a parameter ${name} that ${refusalOf(given)}`);
  return mode;
}
