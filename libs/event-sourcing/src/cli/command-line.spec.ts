import { describe, expect, it } from '@jest/globals';
import { PassThrough } from 'node:stream';
import { runCommandLine } from './command-line.js';
import { storeAddressOf, withoutSecrets } from './store-address.js';
import { Terminal } from './terminal/terminal.js';

async function tidemark(args: readonly string[], environment: Record<string, string> = {}) {
  const [input, output, errors] = [new PassThrough(), new PassThrough(), new PassThrough()];
  const terminal = new Terminal({ input, output, errors, colours: false });
  const { signal } = new AbortController();
  const code = await runCommandLine(args, { environment, terminal, signal, version: '1.2.3' });
  return { code, stdout: String(output.read() ?? ''), stderr: String(errors.read() ?? '') };
}

describe('tidemark', () => {
  it('prints help and its version, and ends well', async () => {
    const help = await tidemark(['--help']);
    expect(help).toMatchObject({ code: 0, stderr: '' });
    for (const word of [
      'status',
      'doctor',
      'subscriptions',
      'dead-letters',
      'streams',
      'events',
      'migrate',
      'Exit codes',
    ])
      expect(help.stdout).toContain(word);
    for (const line of help.stdout.split('\n')) expect(line.length).toBeLessThanOrEqual(105);
    expect(await tidemark(['--version'])).toEqual({ code: 0, stdout: '1.2.3\n', stderr: '' });
    const command = await tidemark(['subscriptions', 'reset', '--help']);
    expect(command.code).toBe(0);
    expect(command.stdout).toMatch(/--accept-repeats[^]*--database-url/);
    expect((await tidemark(['help', 'doctor'])).stdout).toContain('--horizon-seconds');
  });

  it('shows what there is where no command is given', async () => {
    expect(await tidemark([])).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining('Commands:') });
    const { code, stderr } = await tidemark(['subscriptions']);
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining('rebuild') });
  });

  it.each([
    [['statsu'], "unknown command 'statsu' (Did you mean status?)"],
    [['streams', 'lst'], "unknown command 'lst' (Did you mean list?)"],
    [['events', 'tail', '--folow'], "unknown option '--folow' (Did you mean --follow?)"],
    [['subscriptions', 'pause', 'a'], "required option '--reason <text>' not specified"],
    [['subscriptions', 'resume'], "missing required argument 'name'"],
    [['status', 'now'], "too many arguments for 'status'. Expected 0 arguments but got 1: now."],
    [['streams', 'list', '--limit', '0'], "option '--limit <n>' argument '0' is invalid. Give a whole number from 1."],
    [['events', 'tail', '--after', '-1'], "argument '-1' is invalid. Give a position, a whole number from 0."],
    [
      ['subscriptions', 'reset', 'a', '--to', 'start'],
      "argument 'start' is invalid. Give 'beginning', 'end' or a position.",
    ],
    [['dead-letters', 'purge', '--before', 'soon'], 'Give a span such as 30d'],
    [['dead-letters', 'redrive'], 'Say which letters: an id, or filters such as --subscription, or --all.'],
    [['dead-letters', 'redrive', '--all', '--type', 'a'], 'Say which letters'],
    [['status'], 'No database is named. Set DATABASE_URL, or give --database-url.'],
    [['status', '--database-url', ' '], 'No database is named.'],
  ])('refuses %j in one line', async (args, why) => {
    const { code, stdout, stderr } = await tidemark(args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(/^tidemark: [^\n]+\n$/);
    expect(stderr).toContain(why);
  });

  it.each(['hunter2', 'mysql://a:hunter2@h/d', 'postgres://a:hunter2@:::/d', 'postgres//a:hunter2@h/d'])(
    'says that %p is no address, and does not repeat it',
    async (url) => {
      const { code, stdout, stderr } = await tidemark(['status'], { DATABASE_URL: url });
      expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
      expect(stderr).toContain('is no URL such as postgres://user:password@host:5432/database');
      expect(stderr).not.toContain('hunter2');
    },
  );
});

describe('the address of a store', () => {
  it('names all but the password, however that is given', () => {
    const { secrets, url: _url, ...shown } = storeAddressOf('postgres://a%20b:p%40ss@h:5433/d?password=other', 's');
    expect(shown).toEqual({ host: 'h:5433', database: 'd', user: 'a b', schema: 's' });
    expect(withoutSecrets('p%40ss, p@ss and other', secrets)).toBe('***, *** and ***');
  });
});
