import { CommanderError } from 'commander';
import { relative, resolve } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import type { Answers } from './answers.js';
import { CreateError } from './errors.js';
import { assertFree, writeApp } from './new-folder.js';
import { type Options, readOptions } from './options.js';
import { COMMANDS, packageManagerOf } from './package-managers.js';
import { nameOfFolder, problemOfName } from './package-name.js';
import { initGit, succeedsVisibly } from './programs.js';
import { ask, DEFAULTS } from './questions.js';
import { type Screen, screenOf } from './screen.js';
import { type PlannedFile, planFiles } from './template.js';

/** What the program stands in; given, so that it can be run anywhere. */
export interface Surroundings {
  readonly input: Readable;
  readonly output: Writable;
  readonly errors: Writable;
  /** Whether somebody sits there who can be asked. */
  readonly interactive: boolean;
  /** What the package manager that started this says of itself; `npm_config_user_agent`. */
  readonly userAgent?: string;
  readonly cwd: string;
  /** Folder of the assembled template. */
  readonly template: string;
  readonly version: string;
}

const EXIT = { done: 0, failed: 1, wrongUse: 2, cancelled: 130 } as const;

/** Reads the arguments, makes the app, and gives what the process is to end with. */
export async function runCommandLine(args: readonly string[], surroundings: Surroundings): Promise<number> {
  const { output, errors, interactive, version } = surroundings;
  const screen = screenOf(output, interactive);
  try {
    const options = readOptions(args, version, {
      writeOut: (text) => output.write(text),
      writeErr: (text) => errors.write(text),
    });
    await create(options, surroundings, screen);
    return EXIT.done;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.wrongUse;
    if (!(error instanceof CreateError)) throw error;
    if (error.code === 'CANCELLED') {
      screen.cancelled(error.message);
      return EXIT.cancelled;
    }
    errors.write(`create-tidemark: ${error.message}\n`);
    return EXIT.failed;
  }
}

async function create(options: Options, surroundings: Surroundings, screen: Screen): Promise<void> {
  const { cwd, output, template } = surroundings;
  assertGiven(options, cwd);
  if (!options.dryRun) screen.begin('Tidemark: a new service');
  const answers = await complete(options, surroundings);
  const folder = resolve(cwd, answers.folder);
  assertFree(folder);
  const files = planFiles(template, answers);
  if (options.dryRun) return tellFiles(output, answers.folder, files);
  writeApp(folder, files);
  screen.step(`${files.length} files in ${folder}`);
  if (!options.skipGit && (await initGit(folder))) screen.step('A git repository, without a commit');
  if (!options.skipInstall) await install(folder, answers, screen);
  screen.end(whatNow(answers, options, relative(cwd, folder)));
}

/** What is wrong already is said before anything is asked. */
function assertGiven({ folder, name }: Options, cwd: string): void {
  if (name !== undefined) assertName(name);
  const wanted = folder ?? name;
  if (wanted !== undefined) assertFree(resolve(cwd, wanted));
}

function assertName(name: string): void {
  const problem = problemOfName(name);
  if (problem !== undefined) {
    throw new CreateError(
      'INVALID_NAME',
      `'${name}' cannot be the name of a package. ${problem} Choose one by --name.`,
    );
  }
}

async function complete(options: Options, surroundings: Surroundings): Promise<Answers> {
  const packageManager = options.packageManager ?? packageManagerOf(surroundings.userAgent);
  const { input, output } = surroundings;
  if (options.yes) {
    const { database = DEFAULTS.database, example = DEFAULTS.example } = options;
    const folder = options.folder ?? options.name ?? DEFAULTS.folder;
    const name = options.name ?? nameOfFolder(resolve(surroundings.cwd, folder));
    assertName(name);
    return { folder, name, database, example, packageManager };
  }
  if (surroundings.interactive) return ask({ ...options, packageManager }, { input, output });
  const missing = [
    ...(options.folder === undefined && options.name === undefined ? ['a folder'] : []),
    ...(options.database === undefined ? ['--database'] : []),
    ...(options.example === undefined ? ['--example'] : []),
  ];
  if (missing.length > 0) {
    const what = missing.join(', ');
    throw new CreateError(
      'ANSWER_MISSING',
      `There is no terminal to ask on, and these are not given: ${what}. Give them, or --yes for the defaults.`,
    );
  }
  return complete({ ...options, yes: true }, surroundings);
}

function tellFiles(output: Writable, folder: string, files: readonly PlannedFile[]): void {
  output.write(`${files.length} files would be written to ${folder}; nothing was.\n`);
  for (const { path } of files) output.write(`  ${path}\n`);
}

async function install(folder: string, { packageManager }: Answers, screen: Screen): Promise<void> {
  const command = COMMANDS[packageManager].install;
  screen.step(command);
  if (await succeedsVisibly(command, folder)) return;
  throw new CreateError(
    'INSTALL_FAILED',
    `The app is complete in ${folder}, but '${command}' failed there. Run it by hand once its reason is gone.`,
  );
}

function whatNow({ packageManager, database }: Answers, { skipInstall }: Options, folder: string): readonly string[] {
  return [
    ...(folder === '' ? [] : [`cd ${/\s/.test(folder) ? `'${folder}'` : folder}`]),
    ...(skipInstall ? [COMMANDS[packageManager].install] : []),
    ...(database === 'url' ? ['docker compose up --wait postgres   # or say in .env where yours is'] : []),
    `${packageManager} start`,
  ];
}
