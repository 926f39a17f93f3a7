import { realpathSync } from 'node:fs';
import { Client, escapeIdentifier } from 'pg';
import { SUPERUSER } from './cluster.js';
import { codeOf } from './errors.js';
import { HOST } from './free-port.js';

/** Where and with what to connect as the superuser. */
export interface ServerAddress {
  port: number;
  password: string;
  /** PostgreSQL's data directory, by which the server that answers is recognised. */
  cluster: string;
}

/** `ready` for work, `starting` (or recovering, or shutting down), or `silent`: nothing, or another server, answers there. */
export type ServerAnswer = 'ready' | 'starting' | 'silent';

const CANNOT_CONNECT_NOW = '57P03';
const CONNECT_TIMEOUT_MS = 5_000;

/** Asks by really connecting. */
export async function askServer(address: ServerAddress): Promise<ServerAnswer> {
  try {
    return await withClient(address, async (client) => {
      const { rows } = await client.query<{ data_directory: string }>('SHOW data_directory');
      return realpathSync(rows[0]?.data_directory ?? '') === realpathSync(address.cluster) ? 'ready' : 'silent';
    });
  } catch (error) {
    // Refused, reset, wrong password, another program's port: all the same to the caller, who knows whether to ask again.
    return codeOf(error) === CANNOT_CONNECT_NOW ? 'starting' : 'silent';
  }
}

/** Creates `database` unless it exists. */
export async function ensureDatabase(address: ServerAddress, database: string): Promise<void> {
  await withClient(address, async (client) => {
    const { rowCount } = await client.query('SELECT FROM pg_database WHERE datname = $1', [database]);
    if (rowCount === 0) await client.query(`CREATE DATABASE ${escapeIdentifier(database)}`);
  });
}

/** The connection string of `database`. */
export function connectionString({ port, password }: ServerAddress, database: string): string {
  return `postgres://${SUPERUSER}:${password}@${HOST}:${port}/${encodeURIComponent(database)}`;
}

async function withClient<T>({ port, password }: ServerAddress, work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({
    host: HOST,
    port,
    user: SUPERUSER,
    password,
    database: 'postgres',
    ssl: false,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
  });
  // A server that dies under the connection also fails the query, which is where it is handled.
  client.on('error', () => {});
  try {
    await client.connect();
    return await work(client);
  } finally {
    await client.end();
  }
}
