import { Command, CommanderError } from 'commander';
import { CommandHost, type Surroundings } from './command-run.js';
import { addDeadLetterCommands } from './commands/dead-letters.command.js';
import { addDoctorCommand } from './commands/doctor.command.js';
import { addEventCommands } from './commands/events.command.js';
import { addMigrateCommands } from './commands/migrate.command.js';
import { addStatusCommand } from './commands/status.command.js';
import { addStreamCommands } from './commands/streams.command.js';
import { addSubscriptionCommands } from './commands/subscriptions.command.js';
import { EXIT, type ExitCode } from './exit-code.js';

const EXIT_CODES = `
Exit codes:
  0  done                          4  doctor found something to do
  1  failed, or refused as it is   5  the database cannot be reached
  2  wrong use                     6  login refused, or a right is missing
  3  not found, nothing matched    7  the schema is missing, older or newer
  130  interrupted

The database is that of DATABASE_URL. It is all that a command needs: the app may run beside it or not.`;

/** Reads the arguments, does what they ask for, and gives what the process is to end with. */
export async function runCommandLine(args: readonly string[], surroundings: Surroundings): Promise<ExitCode> {
  const host = new CommandHost(surroundings);
  try {
    await programOf(host, surroundings).parseAsync(args, { from: 'user' });
    return host.exitCode;
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return error.exitCode === 0 ? EXIT.done : EXIT.wrongUse;
  }
}

function programOf(host: CommandHost, { terminal, version }: Surroundings): Command {
  const program = new Command('tidemark')
    .description('Looks after an event store of Tidemark on PostgreSQL.')
    .version(version, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print help')
    .helpCommand('help [command]', 'print help for a command')
    .option(
      '--database-url <url>',
      'the database (default: $DATABASE_URL, which other users of the machine cannot see)',
    )
    .option('--schema <name>', 'schema of the store (default: tidemark)')
    .option('--json', 'print one JSON document; positions are strings')
    .configureHelp({ showGlobalOptions: true, helpWidth: Math.min(100, terminal.width) })
    .configureOutput({
      writeOut: (text) => terminal.line(text.trimEnd()),
      // Help that is shown in place of an error has several lines.
      writeErr: (text) =>
        text
          .trimEnd()
          .split('\n')
          .forEach((line) => terminal.note(line)),
      outputError: (text) => terminal.note(oneLine(text)),
    })
    .exitOverride()
    .addHelpText('after', EXIT_CODES);
  addStatusCommand(program, host);
  addDoctorCommand(program, host);
  addSubscriptionCommands(program, host);
  addDeadLetterCommands(program, host);
  addStreamCommands(program, host);
  addEventCommands(program, host);
  addMigrateCommands(program, host);
  return program;
}

// What commander says is "error: unknown option '--foo'\n(Did you mean --bar?)".
function oneLine(text: string): string {
  return `tidemark: ${text
    .replace(/^error: /, '')
    .trim()
    .split('\n')
    .join(' ')}`;
}
