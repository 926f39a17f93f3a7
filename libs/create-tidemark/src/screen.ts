import { intro, log, outro, spinner } from '@clack/prompts';
import type { Writable } from 'node:stream';

/** Where progress is told: drawn on a terminal, else plain lines. */
export interface Screen {
  readonly interactive: boolean;
  begin(title: string): void;
  done(message: string): void;
  warn(message: string): void;
  /** Shows that something goes on, until it has ended; what it gives is what is said then. */
  during<T>(message: string, work: () => Promise<T>, told: (result: T) => string): Promise<T>;
  end(message: string): void;
}

/** The screen for an output; a terminal gets the one that draws. */
export function screenOf(output: Writable, interactive: boolean): Screen {
  return interactive ? new DrawnScreen(output) : new PlainScreen(output);
}

class DrawnScreen implements Screen {
  readonly interactive = true;

  constructor(private readonly output: Writable) {}

  begin(title: string): void {
    intro(title, { output: this.output });
  }

  done(message: string): void {
    log.success(message, { output: this.output });
  }

  warn(message: string): void {
    log.warn(message, { output: this.output });
  }

  async during<T>(message: string, work: () => Promise<T>, told: (result: T) => string): Promise<T> {
    const turning = spinner({ output: this.output, indicator: 'timer' });
    turning.start(message);
    const result = await work();
    turning.stop(told(result));
    return result;
  }

  end(message: string): void {
    outro(message, { output: this.output });
  }
}

class PlainScreen implements Screen {
  readonly interactive = false;

  constructor(private readonly output: Writable) {}

  begin(_title: string): void {
    // Who reads a log knows what was started.
  }

  done(message: string): void {
    this.output.write(`${message}\n`);
  }

  warn(message: string): void {
    this.output.write(`${message}\n`);
  }

  async during<T>(message: string, work: () => Promise<T>, told: (result: T) => string): Promise<T> {
    this.done(`${message} ...`);
    const result = await work();
    this.done(told(result));
    return result;
  }

  end(message: string): void {
    this.output.write(`\n${message}\n`);
  }
}
