import { Command, Option } from 'commander';
import { DATABASES, EXAMPLES, type GivenAnswers } from './answers.js';
import { PACKAGE_MANAGERS } from './package-managers.js';

/** What the command line says. */
export interface Options extends GivenAnswers {
  /** Take the defaults for what is not said. */
  readonly yes: boolean;
  readonly skipInstall: boolean;
  readonly skipGit: boolean;
  readonly dryRun: boolean;
}

/** Where the command line writes help and complaints. */
export interface Outputs {
  writeOut(text: string): void;
  writeErr(text: string): void;
}

const SWITCHED_OFF = { yes: false, skipInstall: false, skipGit: false, dryRun: false };

const EXAMPLE_COMMANDS = `
Examples:
  npm create tidemark@latest my-service
  npm create tidemark@latest my-service -- --yes --example empty
  npm create tidemark@latest my-service -- --yes --database url --package-manager pnpm`;

/** Reads the arguments; throws commander's `CommanderError` for wrong ones, and for `--help` and `--version` after answering. */
export function readOptions(args: readonly string[], version: string, outputs: Outputs): Options {
  const program = new Command('create-tidemark')
    .description('Makes a NestJS service with event sourcing on PostgreSQL.')
    .argument('[folder]', 'new or empty folder to make it in')
    .option('-y, --yes', 'ask nothing: take the defaults for what is not said')
    .option('--name <name>', 'name of the package (default: that of the folder)')
    .addOption(new Option('--package-manager <name>', 'default: the one that runs this').choices(PACKAGE_MANAGERS))
    .addOption(
      new Option('--database <kind>', 'a PostgreSQL that comes along, or that of DATABASE_URL').choices(DATABASES),
    )
    .addOption(new Option('--example <example>', 'what is in it at first').choices(EXAMPLES))
    .option('--skip-install', 'install no packages')
    .option('--skip-git', 'make no git repository')
    .option('--dry-run', 'list the files, and write none')
    .version(version, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print help')
    .addHelpText('after', EXAMPLE_COMMANDS)
    .configureOutput({
      writeOut: (text) => outputs.writeOut(text),
      writeErr: (text) => outputs.writeErr(text),
      outputError: (text, write) => write(text.replace(/^error: /, 'create-tidemark: ')),
    })
    .exitOverride()
    .parse(args, { from: 'user' });
  const [folder] = program.args;
  return { folder, ...SWITCHED_OFF, ...program.opts<GivenAnswers>() };
}
