import { describe, expect, it } from '@jest/globals';
import { PassThrough } from 'node:stream';
import { ProgressBar } from './progress-bar.js';
import { Terminal } from './terminal.js';

const QUIET = new AbortController().signal;

function streams({ isTTY = false, columns = 80, colours = true } = {}) {
  const stream = (): PassThrough & { isTTY: boolean; columns: number } =>
    Object.assign(new PassThrough(), { isTTY, columns });
  const [input, output, errors] = [stream(), stream(), stream()];
  const text = (from: PassThrough): string => String(from.read() ?? '');
  return { input, output, errors, text, terminal: new Terminal({ input, output, errors, colours }) };
}

describe('a terminal', () => {
  it('has the width of the screen, and 100 columns where there is none', () => {
    expect(streams({ isTTY: true, columns: 132 }).terminal.width).toBe(132);
    expect(streams({ isTTY: true, columns: 20 }).terminal.width).toBe(60);
    expect(streams().terminal.width).toBe(100);
  });

  it('has colours on a screen that wants them, and nowhere else', () => {
    expect(streams({ isTTY: true }).terminal.look('red', 'x')).toBe('\u001b[31mx\u001b[39m');
    expect(streams({ isTTY: true, colours: false }).terminal.look('red', 'x')).toBe('x');
    expect(streams().terminal.look('red', 'x')).toBe('x');
  });

  it('keeps results and what is beside them apart', () => {
    const { terminal, output, errors, text } = streams();
    terminal.line('result');
    terminal.note('two\nlines');
    terminal.json({ n: 1n });
    expect(text(output)).toBe('result\n{\n  "n": "1"\n}\n');
    expect(text(errors)).toBe('two lines\n');
  });

  it.each(['y', 'YES', ' yes '])('takes %p for a yes', async (answer) => {
    const { terminal, input, errors, text } = streams({ isTTY: true });
    input.write(`${answer}\n`);
    await terminal.confirm('All is lost.', QUIET);
    expect(text(errors)).toContain('All is lost. Go on? [y/N]');
  });

  it.each(['', 'n', 'yeah'])('takes %p for a no', async (answer) => {
    const { terminal, input } = streams({ isTTY: true });
    input.write(`${answer}\n`);
    await expect(terminal.confirm('All is lost.', QUIET)).rejects.toMatchObject({
      exitCode: 1,
      message: 'Nothing was changed.',
    });
  });

  it('refuses to ask where nobody can answer', async () => {
    await expect(streams().terminal.confirm('All is lost.', QUIET)).rejects.toMatchObject({
      exitCode: 2,
      message: 'All is lost. There is no terminal to ask for a confirmation: give --yes.',
    });
  });

  it('takes no answer any more when it is interrupted', async () => {
    const interrupted = new AbortController();
    const asked = streams({ isTTY: true }).terminal.confirm('All is lost.', interrupted.signal);
    interrupted.abort();
    await expect(asked).rejects.toMatchObject({ exitCode: 130, message: 'Interrupted; nothing was changed.' });
  });
});

describe('a progress bar', () => {
  it('shows how much is done and how long it takes, on a screen only', () => {
    const watched = streams({ isTTY: true });
    const bar = new ProgressBar(watched.terminal, 'rebuild', true);
    bar.show({ done: 25n, total: 100n, secondsLeft: 90 });
    bar.stop();
    const drawn = watched.text(watched.errors);
    expect(drawn).toContain('rebuild');
    expect(drawn).toMatch(/25%.*25\/100.*1 min left/);
    expect(watched.text(watched.output)).toBe('');

    const unwatched = streams();
    const hidden = new ProgressBar(unwatched.terminal, 'rebuild', true);
    hidden.show({ done: 1n, total: 2n, secondsLeft: undefined });
    hidden.stop();
    expect(unwatched.text(unwatched.errors)).toBe('');
  });
});
