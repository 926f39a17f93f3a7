import { describe, expect, it } from '@jest/globals';
import { CommanderError } from 'commander';
import { readOptions } from './options.js';
import { packageManagerOf } from './package-managers.js';

function read(...args: string[]) {
  const said: string[] = [];
  const write = (text: string): void => void said.push(text);
  return { read: () => readOptions(args, '1.2.3', { writeOut: write, writeErr: write }), said };
}

describe('readOptions', () => {
  it('takes nothing for granted', () => {
    expect(read().read()).toEqual({ yes: false, skipInstall: false, skipGit: false, dryRun: false });
  });

  it('reads all that there is', () => {
    const args = ['shop', '-y', '--name', '@acme/shop', '--package-manager', 'pnpm', '--database', 'url'];
    const { read: all } = read(...args, '--example', 'empty', '--skip-install', '--skip-git', '--dry-run');
    expect(all()).toEqual({
      ...{ folder: 'shop', name: '@acme/shop', packageManager: 'pnpm', database: 'url', example: 'empty' },
      ...{ yes: true, skipInstall: true, skipGit: true, dryRun: true },
    });
  });

  it.each([
    [['--database', 'oracle'], 'embedded, url'],
    [['--example', 'shop'], 'orders, empty'],
    [['--package-manager', 'bower'], 'npm, pnpm, yarn'],
    [['--nope'], '--nope'],
    [['one', 'two'], 'too many arguments'],
  ])('refuses %j', (args, reason) => {
    const { read: wrong, said } = read(...args);
    expect(wrong).toThrow(CommanderError);
    expect(said.join('')).toMatch(/^create-tidemark: /);
    expect(said.join('')).toContain(reason);
  });

  it('answers --version and --help', () => {
    const version = read('--version');
    expect(version.read).toThrow(expect.objectContaining({ exitCode: 0 }));
    expect(version.said).toEqual(['1.2.3\n']);
    const help = read('--help');
    expect(help.read).toThrow(expect.objectContaining({ exitCode: 0 }));
    for (const flag of ['--yes', '--name', '--package-manager', '--database', '--example', '--dry-run']) {
      expect(help.said.join('')).toContain(flag);
    }
  });
});

describe('packageManagerOf', () => {
  it.each([
    ['npm/11.19.1 node/v24.21.0 linux x64', 'npm'],
    ['pnpm/10.0.0 npm/? node/v24.0.0', 'pnpm'],
    ['yarn/1.22.22 npm/? node/v24.0.0', 'yarn'],
    ['bun/1.3.0', 'npm'],
    [undefined, 'npm'],
  ])('finds it in %j', (userAgent, name) => {
    expect(packageManagerOf(userAgent)).toBe(name);
  });
});
