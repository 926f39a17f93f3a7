import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ResolvedOptions } from './embedded-postgres.options.js';
import { codeOf } from './errors.js';
import { HOST } from './free-port.js';

// Without synchronous_commit = off, which gains little once fsync is off and would lose commits even when only the server is killed.
const NOT_DURABLE = { fsync: 'off', full_page_writes: 'off' };

/** The server's command line; where it listens comes last, so that no setting overrides it. */
export function serverArguments(
  cluster: string,
  port: number,
  { durable, settings }: Pick<ResolvedOptions, 'durable' | 'settings'>,
): string[] {
  const all = {
    ...(durable ? {} : NOT_DURABLE),
    ...settings,
    listen_addresses: HOST,
    // TCP only: /var/run/postgresql is often not writable, and a path beneath a deep data folder too long for a socket.
    unix_socket_directories: '',
    port,
  };
  return ['-D', cluster, ...Object.entries(all).flatMap(([name, value]) => ['-c', `${name}=${String(value)}`])];
}

/** Whether the server on `cluster` was started with exactly these arguments, by the record that it keeps in postmaster.opts. */
export function wasStartedWith(cluster: string, expected: string[]): boolean {
  try {
    const record = readFileSync(join(cluster, 'postmaster.opts'), 'utf8');
    return record.trimEnd().endsWith(expected.map((word) => ` "${word}"`).join(''));
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return false;
    throw error;
  }
}
