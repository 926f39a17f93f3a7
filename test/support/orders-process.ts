import { spawn, spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('../../apps/orders/dist/main.js', import.meta.url));

/** The built orders app as a process of its own. */
export interface OrdersProcess {
  readonly pid: number;
  /** Where it answers; rejects with its output where it ends before that. */
  readonly url: Promise<string>;
  /** Exit code, or the signal that ended it. */
  readonly exited: Promise<number | NodeJS.Signals>;
  /** What it has printed so far. */
  output(): string;
  signal(name: NodeJS.Signals): void;
}

/**
 * Starts `apps/orders/dist/main.js` with these environment variables, on a free port unless PORT says otherwise.
 * @param cwd where it is started, and looks for a file `.env`.
 */
export function spawnOrders(variables: Readonly<Record<string, string>>, cwd = '/'): OrdersProcess {
  if (!existsSync(MAIN)) throw new Error('build the app first: npm run build');
  const { DATABASE_URL: _url, STORE: _store, ...inherited } = process.env;
  const env = { ...inherited, NO_COLOR: '1', PORT: '0', ...variables };
  const child = spawn(process.execPath, ['--enable-source-maps', MAIN], {
    env,
    cwd,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => (output += text));
  }
  const exited = new Promise<number | NodeJS.Signals>((resolve) =>
    child.once('close', (code, signal) => resolve(code ?? signal ?? -1)),
  );
  const url = new Promise<string>((resolve, reject) => {
    child.stdout.on('data', () => {
      const [, found] = /API +(http\S+)\/orders/.exec(output) ?? [];
      if (found !== undefined) resolve(found);
    });
    void exited.then((end) => reject(new Error(`the app ended with ${end} before it was ready: ${output}`)));
  });
  url.catch(() => undefined);
  const { pid = 0 } = child;
  return { pid, url, exited, output: () => output, signal: (name) => void child.kill(name) };
}

/** A folder for data that the embedded server's user can enter; `remove()` takes it away. */
export function dataFolder(): { readonly path: string; remove(): void } {
  const parent = mkdtempSync(join(tmpdir(), 'tidemark-orders-'));
  chmodSync(parent, 0o711);
  return { path: join(parent, 'data'), remove: () => rmSync(parent, { recursive: true, force: true, maxRetries: 10 }) };
}

/** Command lines of the live processes that mention `text`. */
export function processesMentioning(text: string): string[] {
  const { stdout } = spawnSync('ps', ['-ww', '-eo', 'pid=,stat=,command='], { encoding: 'utf8' });
  return stdout.split('\n').filter((line) => line.includes(text) && !/^\s*\d+\s+Z/.test(line));
}

/** Resolves when the condition holds; rejects where it does not in time. */
export async function until(what: string, condition: () => boolean, timeoutMs = 60_000): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  while (!condition()) {
    if (Date.now() > deadline) throw new Error(`waited in vain until ${what}`);
    await delay(5);
  }
}
