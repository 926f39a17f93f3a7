#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import { enableCompileCache } from 'node:module';
import 'reflect-metadata';
import { runCommandLine } from './command-line.js';
import { Terminal } from './terminal/terminal.js';

// Most of what a command takes is loading the libraries below it.
enableCompileCache();

const ending = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  // Once: whoever cannot wait for the statement that is under way signals again, and the server rolls it back.
  process.once(signal, () => ending.abort());
}
// Whoever reads the output may have seen enough, as `head` has.
process.stdout.on('error', () => ending.abort());

const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
  version: string;
};
const { stdin: input, stdout: output, stderr: errors, env: environment } = process;
const colours = (environment.NO_COLOR ?? '') === '' && environment.TERM !== 'dumb';
const terminal = new Terminal({ input, output, errors, colours });
process.exitCode = await runCommandLine(process.argv.slice(2), {
  environment,
  terminal,
  signal: ending.signal,
  version,
});
