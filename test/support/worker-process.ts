import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { DomainEvent, type SubscriptionsOptions } from '@tidemark/event-sourcing';
import { eventually } from './eventually.js';

const WORKER = fileURLToPath(new URL('./worker.mjs', import.meta.url));

/** What the handler of a worker does with an event. */
@DomainEvent('worked')
export class Worked {
  constructor(readonly work: { readonly blockMs?: number; readonly restMs?: number; readonly gated?: boolean } = {}) {
    Object.assign(this, work);
  }
}

/** How a worker runs. */
export interface WorkerOptions extends SubscriptionsOptions {
  /** @default 10 */
  readonly connections?: number;
  /** @default 6 */
  readonly partitions?: number;
}

/** What a worker tells of itself. */
export interface WorkerMessage {
  readonly ready?: true;
  readonly gate?: 'entered' | 'left';
  readonly failed?: string;
  readonly partition?: number;
  readonly change?: 'acquired' | 'lost' | 'released';
}

/** The built library in a process of its own that runs the projection `work`; see worker.mjs. */
export class WorkerProcess {
  readonly messages: WorkerMessage[] = [];
  /** Exit code, or the signal that ended it. */
  readonly exited: Promise<number | NodeJS.Signals>;
  private readonly child: ChildProcess;
  private output = '';
  private hasEnded = false;

  constructor(url: string, { connections = 10, partitions = 6, ...options }: WorkerOptions) {
    const env = {
      ...process.env,
      NO_COLOR: '1',
      WORKER_URL: url,
      WORKER_CONNECTIONS: String(connections),
      WORKER_PARTITIONS: String(partitions),
      WORKER_OPTIONS: JSON.stringify(options),
    };
    this.child = fork(WORKER, { env, stdio: ['ignore', 'pipe', 'pipe', 'ipc'] });
    this.child.on('message', (message) => this.messages.push(message as WorkerMessage));
    for (const stream of [this.child.stdout, this.child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => (this.output += text));
    }
    this.exited = new Promise((resolve) =>
      this.child.once('close', (code, signal) => {
        this.hasEnded = true;
        resolve(code ?? signal ?? -1);
      }),
    );
  }

  get pid(): number {
    return this.child.pid ?? -1;
  }

  /** Resolves when it has told that so often; rejects with its output where it ends before that. */
  async told(what: Partial<WorkerMessage>, times = 1): Promise<void> {
    await eventually(
      () => {
        if (this.count(what) < times && this.hasEnded) throw new Error(`the worker has ended: ${this.output}`);
        return this.count(what);
      },
      (count) => count >= times,
      30_000,
    );
  }

  /** How often it has told that. */
  count(what: Partial<WorkerMessage>): number {
    const wanted = Object.entries(what);
    return this.messages.filter((message) =>
      wanted.every(([key, value]) => message[key as keyof WorkerMessage] === value),
    ).length;
  }

  /** Opens the gate that its handler waits at. */
  goOn(): void {
    this.child.send('go on');
  }

  signal(name: NodeJS.Signals): void {
    this.child.kill(name);
  }

  /** SIGTERM, and its end. */
  async stop(): Promise<number | NodeJS.Signals> {
    this.signal('SIGTERM');
    return this.exited;
  }

  /** For the end of a test, whatever state it is in. */
  async kill(): Promise<void> {
    this.signal('SIGKILL');
    await this.exited;
  }
}
