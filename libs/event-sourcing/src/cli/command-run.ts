import type { Command } from 'commander';
import { CommandError } from './errors.js';
import { EXIT, type ExitCode } from './exit-code.js';
import { NOWHERE, type StoreAddress, storeAddressOf, withoutSecrets } from './store-address.js';
import type { StoreSession } from './store-session.js';
import type { Terminal } from './terminal/terminal.js';

/** What the process gives to the command line. */
export interface Surroundings {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly terminal: Terminal;
  /** Aborted when the user wants it to end. */
  readonly signal: AbortSignal;
  readonly version: string;
}

/** Options that every command has. */
interface GlobalOptions {
  readonly databaseUrl?: string;
  readonly schema?: string;
  readonly json?: boolean;
}

/** One run of a command. */
export interface CommandRun {
  readonly terminal: Terminal;
  readonly signal: AbortSignal;
  /** Whether the result is for programs. */
  readonly json: boolean;
  /** Connects to the store; closed when the command has ended. Throws where the schema is not this release's, unless told not to look. */
  readonly open: (check?: 'verified' | 'as-it-is') => Promise<StoreSession>;
}

/** What a command does with its arguments and options; gives the exit code where that is not 0. */
export type CommandWork<Options> = (
  run: CommandRun,
  options: Options,
  args: readonly string[],
) => Promise<ExitCode | void>;

/** Runs commands: connects, closes, and turns what goes wrong into one line and an exit code. */
export class CommandHost {
  exitCode: ExitCode = EXIT.done;

  constructor(private readonly surroundings: Surroundings) {}

  /** What `Command.action` takes. */
  action<Options extends object>(work: CommandWork<Options>): (this: Command) => Promise<void> {
    const run = (command: Command): Promise<void> => this.run(command, work as CommandWork<object>);
    return function (this: Command) {
      return run(this);
    };
  }

  private async run(command: Command, work: CommandWork<object>): Promise<void> {
    const { terminal, signal, environment } = this.surroundings;
    const options = command.optsWithGlobals<GlobalOptions>();
    let address = NOWHERE;
    let session: StoreSession | undefined;
    const open = async (check: 'verified' | 'as-it-is' = 'verified'): Promise<StoreSession> => {
      const { DEFAULT_SCHEMA } = await import('../database/index.js');
      address = storeAddressOf(options.databaseUrl ?? environment.DATABASE_URL, options.schema ?? DEFAULT_SCHEMA);
      const { StoreSession: Session } = await import('./store-session.js');
      session = await Session.open(address, environment);
      if (check === 'verified') await refuseNoStore(session);
      return session;
    };
    try {
      const run = { terminal, signal, json: options.json === true, open };
      this.exitCode = (await work(run, options, command.args)) ?? EXIT.done;
    } catch (error) {
      this.exitCode = await this.fail(error, address);
    } finally {
      await session?.close().catch(() => undefined);
    }
  }

  private async fail(error: unknown, address: StoreAddress): Promise<ExitCode> {
    const { terminal, signal } = this.surroundings;
    if (signal.aborted && error instanceof Error && error.name === 'AbortError') {
      terminal.note('tidemark: interrupted; nothing was left half done.');
      return EXIT.interrupted;
    }
    // Loaded here, for it brings the database along, which help and wrong use do without.
    const { failureOf } = await import('./failure.js');
    const { message, exitCode } = failureOf(error, address);
    terminal.note(`tidemark: ${withoutSecrets(message, address.secrets)}`);
    return exitCode;
  }
}

async function refuseNoStore({ migrator, address }: StoreSession): Promise<void> {
  const { applied } = await migrator.status();
  if (applied.length > 0) return migrator.verify();
  const { schema, database } = address;
  throw new CommandError(
    EXIT.schema,
    `There is no store in schema '${schema}' of database '${database}'. Run 'tidemark migrate up', or name the right one by --schema.`,
  );
}
