import { once } from 'node:events';
import { Budget } from './budget.mjs';
import { RowContext } from './row-context.mjs';
import { BenchServer } from './server.mjs';
import { notDurable, readSettings } from './settings.mjs';
import { ROWS } from './work/rows.mjs';

/** Runs the rows that are asked for; gives the results with what they were measured on, and leaves no database behind. */
export async function bench(options, tell) {
  const server = new BenchServer(options.database);
  try {
    return await Promise.race([measure(server, options, tell), interrupted()]);
  } finally {
    await server.close();
  }
}

async function measure(server, options, tell) {
  tell(options.database ? 'asking the server' : 'starting an embedded server');
  await server.open();
  const settings = await readSettings(server);
  const weak = notDurable(settings);
  if (weak.length > 0) {
    throw new Error(
      `${weak.join(' and ')} on this server: what it commits may be lost, so its figures compare nothing.`,
    );
  }
  const rows = ROWS.filter(({ name }) => options.only.length === 0 || options.only.includes(name));
  const results = [];
  const budget = new Budget(rows, options.budgetMs);
  for (const row of rows)
    results.push(...(await runRow(row, { server, deadline: budget.deadlineOf(row) }, options, tell)));
  return { settings, results };
}

async function runRow(row, { server, deadline }, { quick, rounds, growth }, tell) {
  const size = row.sizes[quick ? 'quick' : 'full'];
  const about = (line) => tell(`${row.name}: ${line}`);
  const context = new RowContext({ server, size, limits: { rounds, deadline }, growth, tell: about });
  try {
    return await row.run(context);
  } finally {
    await context.close();
  }
}

// So that no database is left behind.
async function interrupted() {
  const signal = await Promise.race(['SIGINT', 'SIGTERM'].map((name) => once(process, name).then(() => name)));
  throw Object.assign(new Error(`interrupted by ${signal}`), { signal });
}
