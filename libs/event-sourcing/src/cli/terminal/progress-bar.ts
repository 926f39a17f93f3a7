import { Presets, SingleBar } from 'cli-progress';
import { spanOf } from './text.js';
import type { Terminal } from './terminal.js';

/** How far a long work has come. */
export interface Progress {
  readonly done: bigint;
  readonly total: bigint;
  /** `undefined` where it is not known. */
  readonly secondsLeft: number | undefined;
}

/** Shows how far a work has come, on standard error and only where that is a terminal. */
export class ProgressBar {
  private readonly bar: Pick<SingleBar, 'start' | 'update' | 'stop'> | undefined;
  private isStarted = false;

  constructor(terminal: Terminal, name: string, enabled: boolean) {
    const stream = terminal.progress;
    if (stream === undefined || !enabled) return;
    const format = `${name}  {bar}  {percentage}%  {value}/{total}  {left}`;
    this.bar = new SingleBar({ format, stream, barsize: 30, hideCursor: true }, Presets.shades_classic);
  }

  show({ done, total, secondsLeft }: Progress): void {
    const payload = { left: secondsLeft === undefined ? '' : `${spanOf(secondsLeft)} left` };
    if (this.isStarted) this.bar?.update(Number(done), payload);
    else this.bar?.start(Number(total), Number(done), payload);
    this.isStarted = true;
  }

  stop(): void {
    if (this.isStarted) this.bar?.stop();
    this.isStarted = false;
  }
}
