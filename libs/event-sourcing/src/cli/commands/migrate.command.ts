import type { Command } from 'commander';
import type { CommandHost, CommandRun } from '../command-run.js';
import { EXIT } from '../exit-code.js';
import { yesOption } from './argument-values.js';

/** `tidemark migrate …` */
export function addMigrateCommands(program: Command, host: CommandHost): void {
  const migrate = program.command('migrate').description('bring the schema of the store to this release, or back');
  migrate
    .command('up')
    .description('run all pending migrations; waits while another process migrates')
    .action(host.action(up));
  migrate
    .command('down')
    .description('take back the newest migration, and with it the data of its tables')
    .addOption(yesOption())
    .action(host.action(down));
  migrate
    .command('status')
    .description('tell which migrations are applied, pending, or unknown to this release')
    .action(host.action(status));
}

async function up({ terminal, json, open }: CommandRun) {
  const { migrator, address } = await open('as-it-is');
  const applied = await migrator.up();
  const { schema } = address;
  if (json) return terminal.json({ schema, applied });
  if (applied.length === 0) return terminal.line(`Schema '${schema}' is up to date.`);
  terminal.line(`Schema '${schema}' migrated: ${applied.join(', ')}`);
}

async function down({ terminal, json, signal, open }: CommandRun, { yes = false }: { readonly yes?: boolean }) {
  const { migrator, address } = await open('as-it-is');
  const { schema, database } = address;
  const newest = (await migrator.status()).applied.at(-1);
  if (newest !== undefined && !yes) {
    const what = `${newest} of schema '${schema}' in database '${database}' is taken back, and the data of its tables is lost.`;
    await terminal.confirm(what, signal);
  }
  const undone = await migrator.down();
  if (json) terminal.json({ schema, undone: undone ?? null });
  else if (undone !== undefined) terminal.line(`Schema '${schema}': ${undone} taken back.`);
  if (undone !== undefined) return EXIT.done;
  terminal.note(`tidemark: schema '${schema}' has no migrations.`);
  return EXIT.notFound;
}

async function status({ terminal, json, open }: CommandRun) {
  const { migrator, address } = await open('as-it-is');
  const { schema } = address;
  const found = await migrator.status();
  if (json) return terminal.json({ schema, ...found });
  const rows = (['applied', 'pending', 'unknown'] as const).flatMap((state) =>
    found[state].map((name) => ({ state, name })),
  );
  terminal.table(rows, [
    { head: 'MIGRATION', value: ({ name }) => name, gives: 'middle' },
    { head: 'STATE', value: ({ state }) => state },
  ]);
}
