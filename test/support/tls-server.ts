import { startEmbeddedPostgres } from '@tidemark/embedded-postgres';
import { chmodSync, chownSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { createAuthority, createServerCertificate } from './certificates.js';
import { eventually } from './eventually.js';

/** The one name that the server's certificate has. */
const HOST = 'localhost';

/** A PostgreSQL server that refuses connections without TLS. */
export interface TlsServer {
  /** Connection string with the host that the certificate names. */
  readonly url: string;
  /** The same server under a host that the certificate does not name. */
  readonly otherUrl: string;
  /** Certificate of the authority, as PEM, and the file that it is in. */
  readonly authority: string;
  readonly authorityFile: string;
  /** Certificate of an authority of the same name that has nothing to do with the server. */
  readonly otherAuthority: string;
  stop(): Promise<void>;
}

/** Starts one with certificates that are made for it. */
export async function startTlsServer(): Promise<TlsServer> {
  const parent = mkdtempSync(join(tmpdir(), 'tidemark-tls-'));
  // For the server's own user, where the tests run as root.
  chmodSync(parent, 0o711);
  const server = await startEmbeddedPostgres({ dataDir: join(parent, 'data'), durable: false });
  const [authority, other] = [createAuthority('test'), createAuthority('test')];
  const authorityFile = join(parent, 'authority.pem');
  writeFileSync(authorityFile, authority.pem);
  const client = new pg.Client({ connectionString: server.url });
  await client.connect();
  const { rows } = await client.query<{ folder: string }>("select current_setting('data_directory') as folder");
  const folder = rows[0]!.folder;
  const { pem, key } = createServerCertificate(HOST, 'test', authority);
  give(folder, 'server.crt', pem);
  give(folder, 'server.key', key);
  const access = readFileSync(join(folder, 'pg_hba.conf'), 'utf8');
  give(folder, 'pg_hba.conf', `hostnossl all all all reject\n${access}`);
  await client.query('alter system set ssl = on');
  await client.query('select pg_reload_conf()');
  await client.end();
  const url = server.url.replace('@127.0.0.1:', `@${HOST}:`);
  await eventually(() => isEncrypted(url));
  const stop = async (): Promise<void> => {
    await server.stop();
    rmSync(parent, { recursive: true, force: true, maxRetries: 10 });
  };
  return { url, otherUrl: server.url, authority: authority.pem, authorityFile, otherAuthority: other.pem, stop };
}

/** Writes a file that belongs to the server's user and that nobody else reads. */
function give(folder: string, name: string, text: string): void {
  const { uid, gid } = statSync(folder);
  const file = join(folder, name);
  writeFileSync(file, text, { mode: 0o600 });
  if (process.geteuid?.() === 0) chownSync(file, uid, gid);
}

async function isEncrypted(url: string): Promise<boolean> {
  const client = new pg.Client({ connectionString: url, ssl: { rejectUnauthorized: false } });
  try {
    await client.connect();
    return true;
  } catch {
    return false;
  } finally {
    await client.end();
  }
}
