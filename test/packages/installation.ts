import { execFile } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const FIXTURES = fileURLToPath(new URL('fixtures/', import.meta.url));
const LIBRARIES = ['libs/event-sourcing', 'libs/embedded-postgres'];

/** What a user installs beside the libraries, at the versions that the repository itself is locked to. */
const BESIDES = [
  '@nestjs/common',
  '@nestjs/core',
  '@nestjs/cqrs',
  '@nestjs/typeorm',
  '@types/node',
  'pg',
  'reflect-metadata',
  'rxjs',
  'typeorm',
  'typescript',
];

/** How a program ended. */
export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A folder outside of the repository in which the packed libraries are installed, with one folder per fixture app. */
export class Installation {
  private constructor(private readonly folder: string) {}

  /** Packs and installs; says why not where npm reaches neither its cache nor a registry. */
  static async make(): Promise<Installation | { readonly unreachable: string }> {
    const folder = mkdtempSync(join(tmpdir(), 'tidemark-packages-'));
    const installation = new Installation(folder);
    for (const library of LIBRARIES) await installation.pack(join(ROOT, library));
    writeFileSync(join(folder, 'package.json'), JSON.stringify({ private: true }));
    const packages = [
      ...readdirSync(folder).flatMap((file) => (file.endsWith('.tgz') ? [join(folder, file)] : [])),
      ...BESIDES.map((name) => `${name}@${lockedVersionOf(name)}`),
    ];
    const flags = ['--prefer-offline', '--no-audit', '--no-fund', '--ignore-scripts', '--fetch-retries=0'];
    const { code, stderr } = await npm(folder, ['install', ...flags, ...packages]);
    if (code !== 0) {
      // What npm says of a registry out of reach looks like a conflict of peers: ask once more, for one thing.
      const asked = await npm(folder, ['view', 'typescript', 'version', '--prefer-online', '--fetch-retries=0']);
      installation.remove();
      if (asked.code !== 0) return { unreachable: 'npm has not all packages in its cache and reaches no registry' };
      throw new Error(`The packed libraries cannot be installed:\n${stderr}`);
    }
    cpSync(FIXTURES, folder, { recursive: true });
    return installation;
  }

  /** Compiles a fixture app with its own TypeScript. */
  compile(app: string, ...flags: readonly string[]): Promise<Ended> {
    const tsc = join(this.folder, 'node_modules/typescript/bin/tsc');
    return run(join(this.folder, app), process.execPath, [tsc, '-p', 'tsconfig.json', ...flags]);
  }

  /** Runs a compiled fixture app. */
  start(app: string): Promise<Ended> {
    return run(join(this.folder, app), process.execPath, ['dist/main.js']);
  }

  /** Runs a bin that the libraries brought along. */
  bin(name: string, ...args: readonly string[]): Promise<Ended> {
    return run(this.folder, process.execPath, [join(this.folder, 'node_modules/.bin', name), ...args]);
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  private async pack(library: string): Promise<void> {
    if (!existsSync(join(library, 'dist'))) throw new Error(`${library}/dist is missing: run 'npm run build' first.`);
    // Other tests use dist/ at this moment: it is packed as it is, never built anew.
    const { code, stderr } = await npm(library, ['pack', '--ignore-scripts', '--pack-destination', this.folder]);
    if (code !== 0) throw new Error(`${library} cannot be packed:\n${stderr}`);
  }
}

function lockedVersionOf(name: string): string {
  const manifest = readFileSync(join(ROOT, 'node_modules', name, 'package.json'), 'utf8');
  return (JSON.parse(manifest) as { version: string }).version;
}

function npm(cwd: string, args: readonly string[]): Promise<Ended> {
  const cli = process.env.npm_execpath;
  // Errors are read here, however silent the npm that started the tests.
  const loud = [...args, '--loglevel=error'];
  return cli === undefined ? run(cwd, 'npm', loud) : run(cwd, process.execPath, [cli, ...loud]);
}

/** Runs a program as from a fresh terminal: what npm tells the scripts of this repository is not for another folder. */
function run(cwd: string, program: string, args: readonly string[]): Promise<Ended> {
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !isForThisRepository(name)));
  return new Promise((resolve, reject) => {
    execFile(program, args, { cwd, env, maxBuffer: 16 * 1024 * 1024 }, (error, stdout, stderr) => {
      if (error !== null && typeof error.code !== 'number')
        reject(new Error(`${program} did not run`, { cause: error }));
      else resolve({ code: error === null ? 0 : (error.code as unknown as number), stdout, stderr });
    });
  });
}

function isForThisRepository(name: string): boolean {
  return /^npm_(package|lifecycle)_|^npm_config_(local_prefix|prefix|workspace)|^NODE_OPTIONS$/.test(name);
}
