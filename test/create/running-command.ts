import { type ChildProcess, spawn } from 'node:child_process';

/** An app that was started by a command. */
export class RunningCommand {
  /** Where it answers; rejects with its output where it ends before that. */
  readonly url: Promise<string>;
  /** Exit code, or the signal that ended it. */
  readonly exited: Promise<number | NodeJS.Signals>;
  private readonly child: ChildProcess;
  private output = '';

  constructor(cwd: string, program: string, args: readonly string[], env: NodeJS.ProcessEnv) {
    const child = spawn(program, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
    this.child = child;
    this.exited = new Promise((resolve) => child.once('exit', (code, signal) => resolve(code ?? signal ?? -1)));
    this.url = new Promise((resolve, reject) => {
      for (const stream of [child.stdout, child.stderr]) {
        stream.setEncoding('utf8').on('data', (text: string) => {
          this.output += text;
          const [, url] = /"url":"(http[^"]+)"/.exec(this.output) ?? [];
          if (url !== undefined) resolve(url);
        });
      }
      void this.exited.then((end) => reject(new Error(`ended with ${end} before it was ready: ${this.output}`)));
    });
    this.url.catch(() => undefined);
  }

  signal(name: NodeJS.Signals): void {
    this.child.kill(name);
  }
}
