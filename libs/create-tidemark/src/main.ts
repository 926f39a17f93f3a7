import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { runCommandLine } from './command-line.js';

const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
  version: string;
};
const { stdin: input, stdout: output, stderr: errors, env: environment } = process;

process.exitCode = await runCommandLine(process.argv.slice(2), {
  input,
  output,
  errors,
  interactive: input.isTTY && output.isTTY,
  userAgent: environment.npm_config_user_agent,
  cwd: process.cwd(),
  template: fileURLToPath(new URL('../template', import.meta.url)),
  version,
});
