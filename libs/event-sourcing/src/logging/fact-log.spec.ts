import { ConsoleLogger, Logger, type LoggerService } from '@nestjs/common';
import { Logger as PinoNestLogger, NativeLogger, type Params, PinoLogger } from 'nestjs-pino';
import { afterEach, describe, expect, it } from '@jest/globals';
import { FactLog } from './fact-log.js';
import { defineFact } from './log-fact.js';

const LOST = defineFact(
  'parcel.lost',
  'warn',
  ['parcel', 'position', 'tries'],
  (f) => `Parcel ${f.parcel}${f.tries} lost`,
);
const BROKEN = defineFact('parcel.broken', 'error', ['parcel', 'error'], (f) => `Parcel ${f.parcel}: ${f.error}`);
const SENT = defineFact('parcel.sent', 'log', [], () => 'Sent');

const error = new Error('glass');

/** Notes what it is given, as a logger of anybody's own would. */
class Recorder implements LoggerService {
  readonly calls: unknown[][] = [];
  readonly log = (...args: unknown[]): void => void this.calls.push(['log', ...args]);
  readonly warn = (...args: unknown[]): void => void this.calls.push(['warn', ...args]);
  readonly error = (...args: unknown[]): void => void this.calls.push(['error', ...args]);
}

/** Nest's console, printing to where the test can read. */
class ReadableConsole extends ConsoleLogger {
  readonly printed: { level: string; messages: unknown[]; context?: string; params?: unknown; stack?: unknown }[] = [];

  override printMessages(
    messages: unknown[],
    context?: string,
    level = '',
    _to?: unknown,
    stack?: unknown,
    params?: unknown,
  ) {
    this.printed.push({ level, messages, context, params, stack });
  }

  override printStackTrace(): void {
    // It is noted above.
  }
}

/** Lines that nestjs-pino writes; it keeps one log per process, so there is one for all tests. */
const pinoLines: string[] = [];
const params = { pinoHttp: [{}, { write: (line: string) => void pinoLines.push(line) }] } satisfies Params;
const pinoLine = (): Record<string, unknown> => JSON.parse(pinoLines.at(-1) ?? '{}') as Record<string, unknown>;

describe('FactLog', () => {
  afterEach(() => {
    Logger.overrideLogger(new ConsoleLogger());
  });

  it('writes one readable line to the console, with the stack of an error', () => {
    const console = new ReadableConsole();
    Logger.overrideLogger(console);
    new FactLog().write(LOST, { parcel: 'p-1', position: 7n, tries: undefined });
    new FactLog().write(BROKEN, { parcel: 'p-1', error });
    expect(console.printed).toEqual([
      { level: 'warn', messages: ['Parcel p-1 lost'], context: 'Tidemark' },
      { level: 'error', messages: ['Parcel p-1: glass'], context: 'Tidemark', stack: error.stack },
    ]);
  });

  it('gives the fields to the console that writes JSON', () => {
    const console = new ReadableConsole({ json: true });
    Logger.overrideLogger(console);
    new FactLog().write(LOST, { parcel: 'p-1', position: 7n, tries: undefined });
    expect(console.printed).toEqual([
      {
        level: 'warn',
        messages: ['Parcel p-1 lost'],
        context: 'Tidemark',
        params: { fact: 'parcel.lost', parcel: 'p-1', position: '7' },
      },
    ]);
  });

  it('gives each field by itself to nestjs-pino', () => {
    Logger.overrideLogger(new PinoNestLogger(new PinoLogger(params), params));
    new FactLog().write(LOST, { parcel: 'p-1', position: 7n, tries: 3 });
    expect(pinoLine()).toMatchObject({
      level: 40,
      msg: 'Parcel p-13 lost',
      context: 'Tidemark',
      fact: 'parcel.lost',
      parcel: 'p-1',
      position: '7',
      tries: 3,
    });
    new FactLog().write(BROKEN, { parcel: 'p-1', error });
    expect(pinoLine()).toMatchObject({
      level: 50,
      msg: 'Parcel p-1: glass',
      error: { type: 'Error', message: 'glass', stack: error.stack },
    });
  });

  it('gives them to nestjs-pino’s NativeLogger as Nest has it', () => {
    Logger.overrideLogger(new NativeLogger(new PinoLogger(params), params));
    new FactLog().write(LOST, { parcel: 'p-1', position: 7n, tries: 3 });
    expect(pinoLine()).toMatchObject({
      msg: 'Parcel p-13 lost',
      context: 'Tidemark',
      params: { fact: 'parcel.lost', parcel: 'p-1' },
    });
  });

  it('gives text and fields to any other logger, and leaves out levels that it lacks', () => {
    const recorder = new Recorder();
    Logger.overrideLogger(recorder);
    new FactLog().write(SENT, {});
    new FactLog().write(
      defineFact('parcel.seen', 'debug', [], () => 'Seen'),
      {},
    );
    expect(recorder.calls).toEqual([['log', 'Sent', { fact: 'parcel.sent' }, 'Tidemark']]);
  });

  it('says nothing where the log is switched off', () => {
    Logger.overrideLogger(false);
    expect(() => new FactLog().write(BROKEN, { parcel: 'p-1', error })).not.toThrow();
  });

  it('has the form of the logger that Nest is given after the line, where Nest holds lines back', () => {
    Logger.attachBuffer();
    new FactLog().write(LOST, { parcel: 'early', position: 7n, tries: undefined });
    Logger.overrideLogger(new PinoNestLogger(new PinoLogger(params), params));
    Logger.flush();
    expect(pinoLine()).toMatchObject({ fact: 'parcel.lost', parcel: 'early', msg: 'Parcel early lost' });
  });
});
