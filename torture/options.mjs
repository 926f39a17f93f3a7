import { parseArgs } from 'node:util';

export const USAGE = `usage: npm run torture -- [--seconds <n>] [--seed <n>] [--lease-ttl-ms <n>] [--writers <n>] [--json]
       npm run torture -- --kills <n> [--backend-kills <n>] [--seed <n>] [--lease-ttl-ms <n>] [--writers <n>] [--json]

  --seconds <n>        how long the writers write and the disturbances go on (default: 60)
  --kills <n>          no disturbances but so many workers killed (-9), and connections ended, at random moments
  --backend-kills <n>  how many connections of workers are ended besides (default: five for each worker)
  --seed <n>           of the schedule and the load (default: 1)
  --lease-ttl-ms <n>   how long a dead worker keeps its partitions (default: 1500; with --kills: 300)
  --writers <n>        concurrent writers (default: 8; with --kills: 3)
  --json               one JSON document on standard output and nothing else; progress is on standard error always

Ends with code 1 where anything was lost, repeated, out of order or stuck.`;

/** Workers are killed soon, so that what they leave must be taken on soon; small batches make for many moments to die at. */
const OF_KILLS = { leaseTtlMs: 300, writers: 3, batchSize: 10 };

/** What the command line asks for; throws where that cannot be. */
export function readOptions() {
  const text = { type: 'string' };
  const flag = { type: 'boolean', default: false };
  const numbers = {
    seconds: text,
    seed: text,
    'lease-ttl-ms': text,
    writers: text,
    kills: text,
    'backend-kills': text,
  };
  const { values } = parseArgs({ options: { ...numbers, json: flag, help: flag } });
  const number = (name, least, otherwise) => wholeNumber(name, values[name] ?? otherwise, least);
  const kills = number('kills', 0, 0);
  const defaults = kills > 0 ? OF_KILLS : { leaseTtlMs: 1_500, writers: 8 };
  return {
    help: values.help,
    json: values.json,
    seconds: number('seconds', 5, 60),
    seed: number('seed', 0, 1),
    leaseTtlMs: number('lease-ttl-ms', 100, defaults.leaseTtlMs),
    writers: number('writers', 1, defaults.writers),
    kills,
    backendKills: number('backend-kills', 0, kills * 5),
    batchSize: defaults.batchSize,
    // A test of the torture itself: which part of the engine to break in the workers; see broken/.
    broken: process.env.TORTURE_BROKEN || undefined,
  };
}

function wholeNumber(name, given, least) {
  const value = Number(given);
  if (Number.isSafeInteger(value) && value >= least) return value;
  throw new Error(`--${name} is '${given}'; give a whole number from ${least}.\n\n${USAGE}`);
}
