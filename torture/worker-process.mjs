import { fork } from 'node:child_process';
import { clearTimeout, setTimeout } from 'node:timers';
import { fileURLToPath } from 'node:url';

const WORKER = fileURLToPath(new URL('./worker.mjs', import.meta.url));

/** One worker, as seen from outside. */
export class WorkerProcess {
  isReady = false;
  isFrozen = false;
  /** Told to end, by whichever signal; what happens to it then is no accident. */
  isLeaving = false;
  #output = '';
  #ready = Promise.withResolvers();
  #atWork = Promise.withResolvers();
  #child;

  /** @param parts what worker.mjs is told: `{ url, leaseTtlMs, batchSize, broken }`; `cache` is where Node keeps what it has compiled. */
  constructor({ cache, ...parts }) {
    const env = { ...process.env, NO_COLOR: '1', NODE_COMPILE_CACHE: cache, TORTURE_WORKER: JSON.stringify(parts) };
    this.#child = fork(WORKER, { env, stdio: ['ignore', 'pipe', 'pipe', 'ipc'] });
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream.setEncoding('utf8').on('data', (text) => (this.#output = (this.#output + text).slice(-8_000)));
    }
    this.exited = new Promise((resolve) => this.#child.once('close', (code, signal) => resolve(code ?? signal)));
    this.exited.then((end) => (this.end = end));
    this.#child.on('message', (message) => {
      this.isReady = true;
      if (message === 'ready') this.#ready.resolve();
      else this.#atWork.resolve();
    });
  }

  /** Resolves when it has come up; never where it does not. */
  get ready() {
    return this.#ready.promise;
  }

  /** Resolves when it has its first partition; never where it gets none. */
  get atWork() {
    return this.#atWork.promise;
  }

  get pid() {
    return this.#child.pid;
  }

  get isAlive() {
    return this.end === undefined && !this.isLeaving;
  }

  /** The last that it printed. */
  get output() {
    return this.#output;
  }

  kill() {
    this.isLeaving = true;
    this.#child.kill('SIGKILL');
  }

  freeze() {
    this.isFrozen = true;
    this.#child.kill('SIGSTOP');
  }

  thaw() {
    this.isFrozen = false;
    this.#child.kill('SIGCONT');
  }

  /** Asks it to stop and waits until it has; gives its exit code, or what ended it where that took too long. */
  async stop(withinMs) {
    this.isLeaving = true;
    this.thaw();
    this.#child.kill('SIGTERM');
    const timers = [
      setTimeout(() => this.#child.kill('SIGUSR2'), withinMs - 2_000),
      setTimeout(() => this.#child.kill('SIGKILL'), withinMs),
    ];
    const end = await this.exited;
    timers.forEach((timer) => clearTimeout(timer));
    return end;
  }
}
