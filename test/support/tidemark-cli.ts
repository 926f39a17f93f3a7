import { type ChildProcess, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const BIN = fileURLToPath(new URL('../../libs/event-sourcing/dist/cli/main.js', import.meta.url));
const WORKER = fileURLToPath(new URL('tidemark-worker.mjs', import.meta.url));

/** How a command ended. */
export interface CliRun {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** The bin of the command line while it runs. */
export interface CliProcess {
  readonly ended: Promise<CliRun>;
  /** What it has printed so far. */
  stdout(): string;
  /** Resolves when something holds of what it has printed on standard output and standard error; looked at as it prints. */
  until(holds: (stdout: string, stderr: string) => boolean): Promise<void>;
  interrupt(): void;
}

/** Starts the bin as a process of its own, without a terminal; most of what it takes is loading the libraries below it. */
export function startBin(url: string, ...args: string[]): CliProcess {
  refuseUnbuilt();
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
    until: async (holds) => {
      while (!holds(output.stdout, output.stderr)) {
        await Promise.race([once(child.stdout, 'data'), once(child.stderr, 'data'), once(child, 'close')]);
        if (child.exitCode !== null && !holds(output.stdout, output.stderr)) {
          throw new Error(`it ended with ${child.exitCode}: ${output.stderr}`);
        }
      }
    },
    interrupt: () => void child.kill('SIGINT'),
  };
}

/** Commands of the built command line, run by one process beside that of the tests. */
export class Tidemark {
  private readonly worker: ChildProcess;
  private readonly waiting = new Map<number, PromiseWithResolvers<CliRun>>();

  /** @param url of the database where a command is given no other. */
  constructor(private readonly url: string) {
    refuseUnbuilt();
    this.worker = fork(WORKER, { execArgv: [] });
    this.worker.on('message', ({ id, ...run }: CliRun & { readonly id: number }) => this.waiting.get(id)?.resolve(run));
    this.worker.on('exit', (code) => {
      for (const { reject } of this.waiting.values()) reject(new Error(`the worker ended with ${code}`));
    });
  }

  /** Runs a command to its end. */
  async run(...args: string[]): Promise<CliRun> {
    return this.runAt(this.url, ...args);
  }

  async runAt(url: string, ...args: string[]): Promise<CliRun> {
    const run = Promise.withResolvers<CliRun>();
    const id = this.waiting.size;
    this.waiting.set(id, run);
    this.worker.send({ id, url, args });
    return run.promise;
  }

  /** Runs a command with `--json`, which must succeed, and gives its document. */
  async json<T = Record<string, unknown>>(...args: string[]): Promise<T> {
    const { code, stdout, stderr } = await this.run(...args, '--json');
    if (code !== 0) throw new Error(`tidemark ${args.join(' ')} ended with ${code}: ${stderr}`);
    return JSON.parse(stdout) as T;
  }

  async end(): Promise<void> {
    const ended = once(this.worker, 'exit');
    this.worker.disconnect();
    await ended;
  }
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
          '<id of 36 characters>'.padEnd(36),
        )
        .replace(/\d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ/g, 'yyyy-mm-dd hh:mm:ssZ')
        .replace(/\d+ (s|min|h)\b/g, '<n> s')
        .trimEnd(),
    );
}

function refuseUnbuilt(): void {
  if (!existsSync(BIN)) throw new Error('build the library first: npm run build');
}
