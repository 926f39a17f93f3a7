// Runs commands of the built command line one by one or together, as its bin would, without loading everything anew for each.
import 'reflect-metadata';
import { PassThrough } from 'node:stream';
import { runCommandLine } from '../../libs/event-sourcing/dist/cli/command-line.js';
import { Terminal } from '../../libs/event-sourcing/dist/cli/terminal/terminal.js';

/* global setImmediate */
const { signal } = new AbortController();

process.on('message', async ({ id, url, args }) => {
  const [input, output, errors] = [new PassThrough(), new PassThrough(), new PassThrough()];
  const text = { stdout: '', stderr: '' };
  output.on('data', (chunk) => (text.stdout += chunk));
  errors.on('data', (chunk) => (text.stderr += chunk));
  const terminal = new Terminal({ input, output, errors, colours: true });
  const environment = { DATABASE_URL: url };
  const code = await runCommandLine(args, { environment, terminal, signal, version: '0.0.0' });
  // What was written is heard before.
  setImmediate(() => process.send({ id, code, ...text }));
});
