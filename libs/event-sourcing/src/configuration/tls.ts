import type { TlsSettings } from './settings.js';
import { readAuthority } from './variables/certificate-authority.js';
import type { PostgresAddress } from './variables/postgres-url.js';
import type { SslMode } from './variables/ssl-mode.js';

/** What the environment says of TLS beside the connection string. */
export interface TlsVariables {
  readonly DATABASE_SSL_MODE?: SslMode;
  /** As PEM. */
  readonly DATABASE_SSL_CA?: string;
}

/** How to know the server, by the variables and the connection string together; `false` for no TLS. */
export function tlsOf(
  { DATABASE_SSL_MODE: asked, DATABASE_SSL_CA: given }: TlsVariables,
  { sslMode, sslRootCert }: Partial<PostgresAddress>,
  problems: string[],
): TlsSettings | false {
  if (asked !== undefined && sslMode !== undefined && asked !== sslMode) {
    problems.push(`DATABASE_SSL_MODE is ${asked}, and DATABASE_URL says ${sslMode}. Say it in one place.`);
  }
  // By this name, libpq asks for the authorities of the system.
  const file = sslRootCert === 'system' ? undefined : sslRootCert;
  if (given !== undefined && file !== undefined) {
    problems.push('DATABASE_SSL_CA is set, and DATABASE_URL names an sslrootcert. Say it in one place.');
  }
  const ca = given ?? (file === undefined ? undefined : authorityOf(file, problems));
  const hasAuthority = given !== undefined || file !== undefined;
  const mode = asked ?? sslMode ?? (hasAuthority ? 'verify-full' : 'disable');
  if (hasAuthority && !mode.startsWith('verify')) {
    problems.push(
      `DATABASE_SSL_CA (or sslrootcert) is of no use with the mode ${mode}. Set DATABASE_SSL_MODE to verify-full, or leave it out.`,
    );
  }
  return settingsOf(mode, ca, hasAuthority, problems);
}

function settingsOf(
  mode: SslMode,
  ca: string | undefined,
  hasAuthority: boolean,
  problems: string[],
): TlsSettings | false {
  switch (mode) {
    case 'disable':
      return false;
    case 'require':
      return { rejectUnauthorized: false };
    case 'verify-ca':
      // Everybody gets a certificate for a host of his own from an authority that Node trusts.
      if (!hasAuthority)
        problems.push('DATABASE_SSL_MODE is verify-ca, which needs DATABASE_SSL_CA. Set it, or take verify-full.');
      return { ca, rejectUnauthorized: true, checkServerIdentity: () => undefined };
    case 'verify-full':
      // Said outright, or NODE_TLS_REJECT_UNAUTHORIZED=0 would switch it off.
      return { ca, rejectUnauthorized: true };
  }
}

function authorityOf(file: string, problems: string[]): string | undefined {
  const read = readAuthority(file);
  if ('pem' in read) return read.pem;
  problems.push(`DATABASE_URL names an sslrootcert that ${read.problem}.`);
  return undefined;
}
