import type { Rule, Tree } from '@angular-devkit/schematics';
import type { NestApp } from '../app/nest-app.js';
import type { NestAddOptions } from './nest-add.options.js';

const URL_IS_THERE = /^[\t ]*#?[\t ]*(export[\t ]+)?DATABASE_URL[\t ]*=/m;

/** Writes `.env` and `.env.example`, or adds what is missing to those that are there, and keeps what is private out of git. */
export function addEnvironmentFiles({ name }: NestApp, { database }: NestAddOptions): Rule {
  return (tree) => {
    const lines = database === 'embedded' ? embeddedLines(name) : urlLines(name);
    for (const file of ['.env', '.env.example']) append(tree, file, lines, URL_IS_THERE);
    if (!tree.exists('.gitignore')) return;
    append(tree, '.gitignore', ['.env'], /^\/?\.env$/m);
    if (database === 'embedded') append(tree, '.gitignore', ['.data'], /^\/?\.data\/?$/m);
  };
}

function urlLines(name: string): string[] {
  return [
    '# The database of the app; it must exist. Any PostgreSQL from 14 to 18 will do.',
    `DATABASE_URL=postgres://postgres:postgres@localhost:5432/${databaseNameOf(name)}`,
  ];
}

function embeddedLines(name: string): string[] {
  return [
    '# The database of the app, any PostgreSQL from 14 to 18. While it is not named, the app starts one of its own,',
    '# with its data in .data/postgres.',
    `#DATABASE_URL=postgres://postgres:postgres@localhost:5432/${databaseNameOf(name)}`,
  ];
}

function databaseNameOf(name: string): string {
  return name.replace(/\W+/g, '_').toLowerCase();
}

function append(tree: Tree, file: string, lines: readonly string[], present: RegExp): void {
  const text = tree.read(file)?.toString();
  const added = `${lines.join('\n')}\n`;
  if (text === undefined) tree.create(file, added);
  else if (!present.test(text))
    tree.overwrite(file, `${text}${text === '' || text.endsWith('\n') ? '' : '\n'}${added}`);
}
