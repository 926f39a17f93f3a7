import { spawn, spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { EmbeddedPostgresOptions } from '@tidemark/embedded-postgres';
import type { NativePackage } from '../src/binaries/binaries-package.js';

/** What an owner process reports once: its server, or the error it got instead. */
export type OwnerReport =
  { url: string; port: number; pid: number; dataDir: string; adopted: boolean } | { code: string; message: string };

/** A Node process of its own that starts an embedded server through the built package. */
export interface OwnerProcess {
  pid: number;
  report: Promise<OwnerReport>;
  /** Lines that it printed after its report. */
  lines: string[];
  /** Resolves with the exit code, or the name of the signal that killed it. */
  exited: Promise<number | string>;
  signal(name: NodeJS.Signals): void;
  /** Sends to its whole process group, as a terminal does on Ctrl-C. */
  signalGroup(name: NodeJS.Signals): void;
}

/** `hold`: run until SIGINT, then query and stop. `exit`: process.exit() at once. `drift`: just come to the end of the script. */
export type OwnerMode = 'hold' | 'exit' | 'drift';

const ENTRY = new URL('../dist/start-embedded-postgres.js', import.meta.url);

const SCRIPT = `
import { createRequire } from 'node:module';
const [entry, mode, options, programs] = process.argv.slice(1);
const { startWithPrograms } = await import(entry);
const { Client } = createRequire(entry)('pg');
const say = (value) => console.log(JSON.stringify(value));
let server;
try {
  server = await startWithPrograms(JSON.parse(options), programs ? JSON.parse(programs) : undefined);
} catch (error) {
  say({ code: error.code, message: error.message });
  process.exit(1);
}
if (mode === 'hold') {
  const hold = setInterval(() => {}, 1000);
  process.once('SIGINT', async () => {
    const client = new Client(server.url);
    await client.connect();
    const { rows } = await client.query('SELECT 1 AS one');
    await client.end();
    say(rows[0]);
    await server.stop();
    clearInterval(hold);
  });
}
say(server);
if (mode === 'exit') process.exit(7);
`;

/** Spawns an owner process; `uid` and `env` make it one of another user. */
export function spawnOwner(
  options: EmbeddedPostgresOptions,
  mode: OwnerMode = 'hold',
  as: { uid?: number; gid?: number; env?: NodeJS.ProcessEnv; programs?: NativePackage } = {},
): OwnerProcess {
  if (!existsSync(fileURLToPath(ENTRY)))
    throw new Error('build the package first: npm run build -w libs/embedded-postgres');
  const { programs, env, ...user } = as;
  const words = ['--input-type=module', '-e', SCRIPT, ENTRY.href, mode, JSON.stringify(options)];
  if (programs) words.push(JSON.stringify(programs));
  const child = spawn(process.execPath, words, {
    ...user,
    env: { ...process.env, ...env },
    cwd: '/',
    detached: true,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const lines: string[] = [];
  const report = new Promise<OwnerReport>((resolve, reject) => {
    const output = createInterface({ input: child.stdout });
    output.once('line', (line) => {
      resolve(JSON.parse(line) as OwnerReport);
      output.on('line', (later) => lines.push(later));
    });
    output.once('close', () => reject(new Error('the owner process ended without a report')));
  });
  report.catch(() => {});
  return {
    pid: child.pid!,
    report,
    lines,
    exited: new Promise((resolve) => child.once('close', (code, signal) => resolve(code ?? signal ?? -1))),
    signal: (name) => void child.kill(name),
    signalGroup: (name) => void process.kill(-child.pid!, name),
  };
}

/** The report of an owner whose start has to succeed. */
export async function serverOf(owner: OwnerProcess): Promise<Extract<OwnerReport, { url: string }>> {
  const report = await owner.report;
  if ('code' in report) throw new Error(`${report.code}: ${report.message}`);
  return report;
}

/** A new folder that every user may search, removed by `remove()`. */
export function temporaryFolder(): { path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), 'tidemark-embedded-'));
  chmodSync(path, 0o711);
  return { path, remove: () => rmSync(path, { recursive: true, force: true, maxRetries: 10 }) };
}

/** Command lines of the live processes that mention `text`. */
export function processesMentioning(text: string): string[] {
  const { stdout } = spawnSync('ps', ['-ww', '-eo', 'pid=,stat=,command='], { encoding: 'utf8' });
  return stdout.split('\n').filter((line) => line.includes(text) && !/^\s*\d+\s+Z/.test(line));
}
