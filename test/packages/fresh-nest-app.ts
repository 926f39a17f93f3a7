import { spawn } from 'node:child_process';
import { chmodSync, globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Ended, environmentOfTerminal, npm, packLibraries, reachesRegistry, run, UNREACHABLE } from './npm.js';

const NEST = fileURLToPath(new URL('../../node_modules/@nestjs/cli/bin/nest.js', import.meta.url));
/** Settings of npm for the app, whoever runs it. */
const NPMRC = 'prefer-offline=true\naudit=false\nfund=false\nignore-scripts=true\nfetch-retries=0\n';

/** A process of the app. */
export interface AppProcess {
  readonly url: string;
  /** Exit code, or the signal that ended it. */
  readonly exited: Promise<number | NodeJS.Signals>;
  output(): string;
  signal(name: NodeJS.Signals): void;
}

/** An app that the Nest CLI has just made, outside of the repository, with the packed libraries installed. */
export class FreshNestApp {
  private constructor(
    private readonly parent: string,
    private readonly folder: string,
  ) {}

  /** Makes and installs it; says why not where npm reaches neither its cache nor a registry. */
  static async make(): Promise<FreshNestApp | { readonly unreachable: string }> {
    const parent = mkdtempSync(join(tmpdir(), 'tidemark-nest-add-'));
    // The embedded server may run as another user, who must reach its data.
    chmodSync(parent, 0o711);
    const app = new FreshNestApp(parent, join(parent, 'shop'));
    await packLibraries(parent);
    const flags = ['--package-manager', 'npm', '--skip-git', '--skip-install', '--no-observe'];
    expectSuccess('nest new', await run(parent, process.execPath, [NEST, 'new', 'shop', ...flags]));
    app.dependOnPackages();
    app.write('.npmrc', NPMRC);
    const { code, stderr } = await app.npm('install');
    if (code === 0) return app;
    const isReached = await reachesRegistry();
    app.remove();
    if (!isReached) return { unreachable: UNREACHABLE };
    throw new Error(`The fresh app cannot be installed:\n${stderr}`);
  }

  /** Runs the Nest CLI that the app itself has. */
  async nest(...args: readonly string[]): Promise<Ended> {
    const cli = join(this.folder, 'node_modules/@nestjs/cli/bin/nest.js');
    return run(this.folder, process.execPath, [cli, ...args]);
  }

  npm(...args: readonly string[]): Promise<Ended> {
    return npm(this.folder, args);
  }

  read(path: string): string {
    return readFileSync(join(this.folder, path), 'utf8');
  }

  write(path: string, text: string): void {
    writeFileSync(join(this.folder, path), text);
  }

  /** All that is not installed, built or data, by its path. */
  files(): Record<string, string> {
    const left = new Set(['node_modules', 'dist', '.data']);
    const paths = globSync('**/{*,.*}', {
      cwd: this.folder,
      withFileTypes: true,
      exclude: ({ name }) => left.has(name),
    })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(this.folder.length + 1));
    return Object.fromEntries(paths.sort().map((path) => [path, this.read(path)]));
  }

  /** Starts what was built, on a free port. */
  async start(): Promise<AppProcess> {
    const port = await freePort();
    const { DATABASE_URL: _url, ...inherited } = environmentOfTerminal();
    const child = spawn(process.execPath, ['dist/main.js'], {
      cwd: this.folder,
      env: { ...inherited, NO_COLOR: '1', PORT: String(port) },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => (output += text));
    }
    const exited = new Promise<number | NodeJS.Signals>((resolve) =>
      child.once('close', (code, signal) => resolve(code ?? signal ?? -1)),
    );
    const signal = (name: NodeJS.Signals): void => void child.kill(name);
    return { url: `http://127.0.0.1:${port}`, exited, output: () => output, signal };
  }

  remove(): void {
    rmSync(this.parent, { recursive: true, force: true, maxRetries: 10 });
  }

  /** The libraries come from their tarballs, for no registry has them yet. */
  private dependOnPackages(): void {
    const tarball = (name: string): string => `file:${globSync(`${this.parent}/tidemark-${name}-*.tgz`)[0] ?? name}`;
    const manifest = JSON.parse(this.read('package.json')) as Record<string, Record<string, string>>;
    const dependencies = { ...manifest.dependencies, '@tidemark/event-sourcing': tarball('event-sourcing') };
    const devDependencies = {
      ...manifest.devDependencies,
      '@tidemark/embedded-postgres': tarball('embedded-postgres'),
      '@tidemark/schematics': tarball('schematics'),
    };
    this.write('package.json', JSON.stringify({ ...manifest, dependencies, devDependencies }, undefined, 2));
  }
}

/** Fails with all that the program said where it did not end well. */
export function expectSuccess(what: string, { code, stdout, stderr }: Ended): void {
  if (code !== 0) throw new Error(`${what} ended with ${code}:\n${stdout}\n${stderr}`);
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}
