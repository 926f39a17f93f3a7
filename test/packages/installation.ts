import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Ended, npm, packLibraries, reachesRegistry, run, UNREACHABLE } from './npm.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const FIXTURES = fileURLToPath(new URL('fixtures/', import.meta.url));

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

/** A folder outside of the repository in which the packed libraries are installed, with one folder per fixture app. */
export class Installation {
  private constructor(private readonly folder: string) {}

  /** Packs and installs; says why not where npm reaches neither its cache nor a registry. */
  static async make(): Promise<Installation | { readonly unreachable: string }> {
    const folder = mkdtempSync(join(tmpdir(), 'tidemark-packages-'));
    const installation = new Installation(folder);
    await packLibraries(folder);
    writeFileSync(join(folder, 'package.json'), JSON.stringify({ private: true }));
    const packages = [
      ...readdirSync(folder).flatMap((file) => (file.endsWith('.tgz') ? [join(folder, file)] : [])),
      ...BESIDES.map((name) => `${name}@${lockedVersionOf(name)}`),
    ];
    const flags = ['--prefer-offline', '--no-audit', '--no-fund', '--ignore-scripts', '--fetch-retries=0'];
    const { code, stderr } = await npm(folder, ['install', ...flags, ...packages]);
    if (code !== 0) {
      installation.remove();
      if (!(await reachesRegistry())) return { unreachable: UNREACHABLE };
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
}

function lockedVersionOf(name: string): string {
  const manifest = readFileSync(join(ROOT, 'node_modules', name, 'package.json'), 'utf8');
  return (JSON.parse(manifest) as { version: string }).version;
}
