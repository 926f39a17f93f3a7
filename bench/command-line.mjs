import { parseArgs } from 'node:util';
import { numberOf } from './sizes.mjs';
import { ROWS } from './work/rows.mjs';

export const USAGE = `usage: npm run bench -- [--quick] [--json] [--only <name>]... [--rounds <n>] [--growth <n>] [--database <url>]

  --quick            small sizes and few rounds, fewer where time is short: ends within two minutes
  --json             one JSON document on standard output and nothing else; progress is on standard error always
  --only <name>      this row only; may be given several times, or with commas between names
  --rounds <n>       rounds that count, after one that warms up (default: 7; with --quick: 3)
  --growth <n>       events of the longest history that is measured, such as 10m (default: 1m; with --quick: 100k)
  --database <url>   a server where databases can be made (default: DATABASE_URL, else an embedded one is started)
  --write-docs       writes the results and the plots into docs/ as well; of a full run
  --list             the names of the rows
  --help             this text

Databases that were made are dropped in the end. Only ratios of one run count: see docs/benchmarks.md.`;

/** What `--quick` may take; each row does one round that counts in any case, so there is something to spare. */
const QUICK_BUDGET_MS = 70_000;

/** What the command line asks for; throws where that cannot be. */
export function readOptions(args = process.argv.slice(2), environment = process.env) {
  const text = { type: 'string' };
  const flag = { type: 'boolean', default: false };
  const { values } = parse({
    args,
    options: {
      ...{ quick: flag, json: flag, list: flag, help: flag, 'write-docs': flag },
      ...{ rounds: text, growth: text, database: text, only: { ...text, multiple: true, default: [] } },
    },
  });
  if (values['write-docs'] && (values.quick || values.only.length > 0)) {
    throw new UsageError('--write-docs tells of a full run: leave --quick and --only out.');
  }
  return {
    ...values,
    writeDocs: values['write-docs'],
    only: values.only.flatMap((names) => names.split(',')).map(knownRow),
    rounds: wholeNumber('rounds', values.rounds ?? (values.quick ? 3 : 7)),
    // Whoever says how many rounds has them all.
    budgetMs: values.quick && values.rounds === undefined ? QUICK_BUDGET_MS : Infinity,
    growth: growthOf(values.growth ?? (values.quick ? '100k' : '1m')),
    database: values.database ?? environment.DATABASE_URL,
  };
}

function parse(config) {
  try {
    return parseArgs(config);
  } catch (error) {
    throw new UsageError(`${error.message}\n\n${USAGE}`, { cause: error });
  }
}

function knownRow(given) {
  const name = given.trim();
  if (ROWS.some((row) => row.name === name)) return name;
  const names = ROWS.map((row) => `  ${row.name}`).join('\n');
  throw new UsageError(`--only names '${name}', which is no row of the benchmark. There are:\n${names}`);
}

function growthOf(given) {
  try {
    return numberOf('growth', given);
  } catch (error) {
    throw new UsageError(`${error.message}\n\n${USAGE}`, { cause: error });
  }
}

function wholeNumber(name, given) {
  const value = Number(given);
  if (Number.isSafeInteger(value) && value >= 1) return value;
  throw new UsageError(`--${name} is '${given}'; give a whole number from 1.\n\n${USAGE}`);
}

/** The command line asks for what cannot be; the message says what can. */
export class UsageError extends Error {
  name = 'UsageError';
}
