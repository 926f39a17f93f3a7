import { readFileSync } from 'node:fs';
import { createRequire, findPackageJSON } from 'node:module';
import { availableParallelism, cpus, totalmem } from 'node:os';
import { POOL_SIZE } from './row-context.mjs';

const OF_SERVER = [
  ...['server_version', 'fsync', 'synchronous_commit', 'full_page_writes', 'wal_sync_method', 'shared_buffers'],
  ...['max_wal_size', 'checkpoint_timeout', 'max_connections', 'wal_compression', 'jit'],
];
const PACKAGES = ['@tidemark/event-sourcing', '@event-driven-io/emmett-postgresql', 'pg', 'typeorm', '@nestjs/core'];

/** On what was measured: versions, settings of the server, the machine. */
export async function readSettings(server) {
  const text = `select name, current_setting(name) as setting from unnest($1::text[]) as name`;
  const rows = await server.query(text, [OF_SERVER]);
  return {
    node: process.version,
    packages: Object.fromEntries(PACKAGES.map((name) => [name, versionOf(name)])),
    server: Object.fromEntries(rows.map(({ name, setting }) => [name, setting])),
    embedded: server.isEmbedded,
    cores: availableParallelism(),
    cpu: cpus()[0]?.model ?? 'unknown',
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    platform: `${process.platform} ${process.arch}`,
    poolSize: POOL_SIZE,
  };
}

/** What the server does not do for durability that it should; figures of such a server are worth nothing. */
export function notDurable({ server }) {
  return ['fsync', 'synchronous_commit', 'full_page_writes']
    .filter((name) => server[name] === 'off')
    .map((name) => `${name} is off`);
}

function versionOf(name) {
  const file = findPackageJSON(name, import.meta.url) ?? createRequire(import.meta.url).resolve(`${name}/package.json`);
  return JSON.parse(readFileSync(file, 'utf8')).version;
}
