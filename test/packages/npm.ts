import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

const LIBRARIES = ['libs/event-sourcing', 'libs/embedded-postgres', 'libs/schematics'];

/** Why a test that installs is left out. */
export const UNREACHABLE = 'npm has not all packages in its cache and reaches no registry';

/** How a program ended. */
export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Packs the libraries that apps depend on, and `more` of the repository, as they were built, into a folder. */
export async function packLibraries(into: string, ...more: readonly string[]): Promise<void> {
  for (const library of [...LIBRARIES, ...more]) await packLibrary(library, into);
}

async function packLibrary(library: string, into: string): Promise<void> {
  const folder = join(ROOT, library);
  if (!existsSync(join(folder, 'dist'))) throw new Error(`${library}/dist is missing: run 'npm run build' first.`);
  // Other tests use dist/ at this moment: it is packed as it is, never built anew.
  const { code, stderr } = await npm(folder, ['pack', '--ignore-scripts', '--pack-destination', into]);
  if (code !== 0) throw new Error(`${library} cannot be packed:\n${stderr}`);
}

/** Whether a failed install may have failed for want of a registry: what npm says then looks like a conflict of peers. */
export async function reachesRegistry(): Promise<boolean> {
  const asked = await npm(tmpdir(), ['view', 'typescript', 'version', '--prefer-online', '--fetch-retries=0']);
  return asked.code === 0;
}

/** Runs the npm that runs the tests, as from a fresh terminal. */
export function npm(cwd: string, args: readonly string[]): Promise<Ended> {
  const cli = process.env.npm_execpath;
  // Errors are read here, however silent the npm that started the tests.
  const loud = [...args, '--loglevel=error'];
  return cli === undefined ? run(cwd, 'npm', loud) : run(cwd, process.execPath, [cli, ...loud]);
}

/** Runs a program. @param env what npm tells the scripts of this repository is not for another folder. */
export function run(
  cwd: string,
  program: string,
  args: readonly string[],
  env = environmentOfTerminal(),
): Promise<Ended> {
  return new Promise((resolve, reject) => {
    execFile(program, args, { cwd, env, maxBuffer: 16 * 1024 * 1024 }, (error, stdout, stderr) => {
      if (error !== null && typeof error.code !== 'number')
        reject(new Error(`${program} did not run`, { cause: error }));
      else resolve({ code: error === null ? 0 : (error.code as unknown as number), stdout, stderr });
    });
  });
}

/** The environment without what npm tells the scripts of this repository. */
export function environmentOfTerminal(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !isForThisRepository(name)));
}

function isForThisRepository(name: string): boolean {
  return /^npm_(package|lifecycle)_|^npm_config_(local_prefix|prefix|workspace)|^NODE_OPTIONS$/.test(name);
}
