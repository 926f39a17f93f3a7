// Runs the library as users do and ends its processes at random: npm run torture -- --help
import { readOptions, USAGE } from './options.mjs';

const startedAt = performance.now();

function tell(line) {
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1).padStart(6);
  console.error(`${seconds} s  ${line}`);
}

function print({ json }, figures) {
  if (json) return console.log(JSON.stringify(figures));
  const width = Math.max(...Object.keys(figures).map((name) => name.length));
  for (const [name, figure] of Object.entries(figures)) console.log(`${name.padEnd(width)}  ${figure}`);
}

async function main() {
  const options = readOptions();
  if (options.help) return console.log(USAGE);
  if (options.broken) tell(`the engine is broken on purpose: ${options.broken}`);
  const { torture } = await import('./torture.mjs');
  const { figures, problems } = await torture(options, tell);
  print(options, figures);
  for (const problem of problems) console.error(`torture: ${problem}`);
  if (problems.length > 0) process.exitCode = 1;
}

main().catch((error) => {
  console.error(`torture: ${error.stack ?? error}`);
  // What was under way has lost its database, and would try again for ever.
  process.exit(1);
});
