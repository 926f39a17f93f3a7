import { cancel, intro, log, note, outro } from '@clack/prompts';
import type { Writable } from 'node:stream';

/** Where progress is told: drawn on a terminal, else plain lines. */
export interface Screen {
  begin(title: string): void;
  step(message: string): void;
  /** The last word: what to do now. */
  end(steps: readonly string[]): void;
  /** The last word where somebody left. */
  cancelled(message: string): void;
}

/** The screen for an output; a terminal gets the one that draws. */
export function screenOf(output: Writable, interactive: boolean): Screen {
  return interactive ? new DrawnScreen(output) : new PlainScreen(output);
}

class DrawnScreen implements Screen {
  constructor(private readonly output: Writable) {}

  begin(title: string): void {
    intro(title, { output: this.output });
  }

  step(message: string): void {
    log.step(message, { output: this.output });
  }

  end(steps: readonly string[]): void {
    note(steps.join('\n'), 'Now', { output: this.output, format: (line) => line });
    outro('README.md tells the rest.', { output: this.output });
  }

  cancelled(message: string): void {
    cancel(message, { output: this.output });
  }
}

class PlainScreen implements Screen {
  constructor(private readonly output: Writable) {}

  begin(_title: string): void {
    // Who reads a log knows what was started.
  }

  step(message: string): void {
    this.output.write(`${message}\n`);
  }

  end(steps: readonly string[]): void {
    this.output.write(`\nNow:\n${steps.map((step) => `  ${step}\n`).join('')}`);
  }

  cancelled(message: string): void {
    this.output.write(`${message}\n`);
  }
}
