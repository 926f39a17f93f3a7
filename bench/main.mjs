// Measures Tidemark against raw PostgreSQL and peers: npm run bench -- --help
import { constants } from 'node:os';
import { readOptions, USAGE, UsageError } from './command-line.mjs';
import { printTable } from './report/table.mjs';
import { ROWS } from './work/rows.mjs';

const startedAt = performance.now();

function tell(line) {
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1).padStart(6);
  console.error(`${seconds} s  ${line}`);
}

async function main() {
  const options = readOptions();
  if (options.help) return console.log(USAGE);
  if (options.list) return console.log(ROWS.map(({ name }) => name).join('\n'));
  const { bench } = await import('./bench.mjs');
  const { settings, results } = await bench(options, tell);
  if (options.json) console.log(JSON.stringify(results, undefined, 2));
  else printTable(results, settings);
  if (options.writeDocs) await (await import('./report/docs.mjs')).writeDocs(results, settings);
  tell('done');
}

main().catch((error) => {
  console.error(error instanceof UsageError ? error.message : `bench: ${error.stack ?? error}`);
  // What was under way has lost its database.
  process.exit(error.signal ? 128 + constants.signals[error.signal] : 1);
});
