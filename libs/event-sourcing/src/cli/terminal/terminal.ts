import { createInterface } from 'node:readline/promises';
import type { Readable, Writable } from 'node:stream';
import { styleText } from 'node:util';
import { CommandError } from '../errors.js';
import { EXIT } from '../exit-code.js';
import { type Column, tableOf } from './table.js';
import { jsonOf, plain, wrapped } from './text.js';

/** Widest line where there is no terminal to ask. */
const DEFAULT_WIDTH = 100;
const LEAST_WIDTH = 60;

/** A stream that may be a terminal. */
export type Screen = Writable & { readonly isTTY?: boolean; readonly columns?: number };

/** What a {@link Terminal} talks through. */
export interface TerminalStreams {
  readonly input: Readable & { readonly isTTY?: boolean };
  readonly output: Screen;
  readonly errors: Screen;
  /** Whether terminals may be given colours. */
  readonly colours: boolean;
}

/** How a word is to look, where there are colours. */
export type Look = 'bold' | 'dim' | 'red' | 'yellow' | 'green' | 'cyan';

/** The one place that prints: results on standard output, all else on standard error. */
export class Terminal {
  constructor(private readonly streams: TerminalStreams) {}

  /** How many characters a line may have. */
  get width(): number {
    const { isTTY, columns } = this.streams.output;
    return isTTY === true && columns !== undefined && columns > 0 ? Math.max(LEAST_WIDTH, columns) : DEFAULT_WIDTH;
  }

  /** Where progress is drawn; `undefined` where nobody watches. */
  get progress(): Screen | undefined {
    return this.streams.errors.isTTY === true ? this.streams.errors : undefined;
  }

  /** A line of a result. */
  line(text = ''): void {
    this.streams.output.write(`${text}\n`);
  }

  /** A line beside the result. */
  note(text: string): void {
    this.streams.errors.write(`${plain(text)}\n`);
  }

  /** A result for programs. */
  json(value: unknown): void {
    this.line(jsonOf(value, 2));
  }

  /** A result for people. */
  table<Row>(rows: readonly Row[], columns: readonly Column<Row>[]): void {
    const lines = tableOf(rows, columns, this.width, (head) => this.look('bold', head));
    for (const line of lines) this.line(line);
  }

  look(look: Look, text: string): string {
    const { output, colours } = this.streams;
    return colours && output.isTTY === true ? styleText(look, text, { validateStream: false }) : text;
  }

  /** Asks for a yes. Throws {@link CommandError} where the answer is another, or there is nobody to ask. */
  async confirm(what: string, signal: AbortSignal): Promise<void> {
    const { input, errors } = this.streams;
    if (input.isTTY !== true || errors.isTTY !== true) {
      throw new CommandError(EXIT.wrongUse, `${what} There is no terminal to ask for a confirmation: give --yes.`);
    }
    const asking = createInterface({ input, output: errors });
    try {
      const question = wrapped(`${plain(what)} Go on? [y/N]`, this.width).join('\n');
      const answer = await asking.question(`${question} `, { signal });
      if (/^y(es)?$/i.test(answer.trim())) return;
      throw new CommandError(EXIT.failed, 'Nothing was changed.');
    } catch (error) {
      // While it asks, ctrl-C comes as an answer and not as a signal.
      if ((error as { readonly name?: unknown }).name !== 'AbortError') throw error;
      throw new CommandError(EXIT.interrupted, 'Interrupted; nothing was changed.', { cause: error });
    } finally {
      asking.close();
    }
  }
}
