// Fills a store with events, fast: npm run bench:seed -- --help
import { parseArgs } from 'node:util';
import { numberOf } from './sizes.mjs';

const USAGE = `usage: npm run bench:seed -- --events <n> --database <url>

  --events <n>      how many, as 250000, 250k or 10m
  --database <url>  whose store, in the schema 'tidemark'; migrated first; nobody else may use it meanwhile (default: DATABASE_URL)

Events go behind those that are there, ten to each new stream. What is printed on standard output is events per second.`;

async function main() {
  const text = { type: 'string' };
  const { values } = parseArgs({
    options: { events: text, database: text, help: { type: 'boolean', default: false } },
  });
  if (values.help) return console.log(USAGE);
  const url = values.database ?? process.env.DATABASE_URL;
  if (values.events === undefined || url === undefined) throw new Error(USAGE);
  const [{ createApplication }, { seed }] = await Promise.all([import('./tidemark.mjs'), import('./seeding.mjs')]);
  // Makes the tables, where they are not there yet.
  await (await createApplication(url)).close();
  const rate = await seed(url, numberOf('events', values.events), (line) => console.error(line));
  console.log(Math.round(rate));
}

main().catch((error) => {
  console.error(`seed: ${error.message}`);
  process.exitCode = 1;
});
