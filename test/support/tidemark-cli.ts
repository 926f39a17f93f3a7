import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const BIN = fileURLToPath(new URL('../../libs/event-sourcing/dist/cli/main.js', import.meta.url));

/** How a command ended. */
export interface CliRun {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A command that runs. */
export interface CliProcess {
  readonly ended: Promise<CliRun>;
  /** What it has printed so far. */
  stdout(): string;
  stderr(): string;
  interrupt(): void;
}

/** Starts the built command line as a process of its own, without a terminal. */
export function startTidemark(url: string, args: readonly string[]): CliProcess {
  if (!existsSync(BIN)) throw new Error('build the library first: npm run build');
  const { NO_COLOR: _none, FORCE_COLOR: _forced, ...env } = process.env;
  const child = spawn(process.execPath, [BIN, ...args], {
    env: { ...env, DATABASE_URL: url },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output = { stdout: '', stderr: '' };
  child.stdout.on('data', (chunk: Buffer) => (output.stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (output.stderr += chunk.toString()));
  return {
    ended: new Promise((resolve, reject) => {
      child.on('error', reject);
      child.on('close', (code) => resolve({ code, ...output }));
    }),
    stdout: () => output.stdout,
    stderr: () => output.stderr,
    interrupt: () => void child.kill('SIGINT'),
  };
}

/** Runs a command to its end. */
export function tidemark(url: string, ...args: string[]): Promise<CliRun> {
  return startTidemark(url, args).ended;
}

/** Runs a command with `--json`, which must succeed, and gives its document. */
export async function tidemarkJson<T = Record<string, unknown>>(url: string, ...args: string[]): Promise<T> {
  const { code, stdout, stderr } = await tidemark(url, ...args, '--json');
  if (code !== 0) throw new Error(`tidemark ${args.join(' ')} ended with ${code}: ${stderr}`);
  return JSON.parse(stdout) as T;
}

/** The lines of a result, with what differs from run to run (ids, times, spans) replaced. */
export function steady(stdout: string): string[] {
  return stdout
    .trimEnd()
    .split('\n')
    .map((line) =>
      line
        .replace(
          /\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/g,
          '<id of 36 characters>                '.slice(0, 36),
        )
        .replace(/\d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ/g, 'yyyy-mm-dd hh:mm:ssZ')
        .replace(/\d+ (s|min|h)\b/g, '<n> s')
        .trimEnd(),
    );
}
