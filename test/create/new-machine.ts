import {
  chmodSync,
  copyFileSync,
  globSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { type Ended, packLibraries, reachesRegistry, run, UNREACHABLE } from '../packages/npm.js';
import { RunningCommand } from './running-command.js';

const FROM_CACHE = ['--prefer-offline', '--no-audit', '--no-fund', '--fetch-retries=0'];
/** Names of the environment that tell of this repository, of its npm, or of its database; whom the machine trusts is another matter. */
const OF_THE_REPOSITORY =
  /^(npm_(?!config_(registry|cache|cafile)$)|NODE_(?!EXTRA_CA_CERTS$)|INIT_CWD|TIDEMARK_|TEST_|DATABASE_|STORE$|PORT$)/i;

/**
 * A machine as a new user has it: Node and npm, the packages that would be published, and an empty folder outside of the
 * repository, with nothing of it on any path.
 */
export class NewMachine {
  private constructor(readonly root: string) {}

  /** Packs the libraries and installs the generator; says why not where npm reaches neither its cache nor a registry. */
  static async make(): Promise<NewMachine | { readonly unreachable: string }> {
    const machine = new NewMachine(mkdtempSync(join(tmpdir(), 'tidemark-create-')));
    machine.bringNodeAndNpm();
    for (const folder of ['packed', 'generator']) mkdirSync(join(machine.root, folder));
    await packLibraries(join(machine.root, 'packed'), 'libs/create-tidemark');
    writeFileSync(join(machine.root, 'generator', 'package.json'), JSON.stringify({ private: true }));
    const { code, stderr } = await machine.npm(
      'generator',
      'install',
      ...FROM_CACHE,
      machine.packed('create-tidemark'),
    );
    if (code === 0) return machine;
    machine.remove();
    if (!(await reachesRegistry())) return { unreachable: UNREACHABLE };
    throw new Error(`The generator cannot be installed:\n${stderr}`);
  }

  /** Runs the generator, as `npm create` does once it has fetched it. */
  create(args: readonly string[], variables: NodeJS.ProcessEnv = {}): Promise<Ended> {
    const bin = join(this.root, 'generator', 'node_modules', '.bin', 'create-tidemark');
    return run(this.root, this.node, [bin, ...args], { ...this.environment(), ...variables });
  }

  /** Has an app ask for the packed libraries, which no registry has yet, and installs it. */
  async install(app: string): Promise<Ended> {
    const file = join(this.root, app, 'package.json');
    const manifest = JSON.parse(readFileSync(file, 'utf8')) as { dependencies: Record<string, string> };
    for (const name of Object.keys(manifest.dependencies).filter((name) => name.startsWith('@tidemark/'))) {
      manifest.dependencies[name] = `file:${this.packed(name.replace('@', '').replace('/', '-'))}`;
    }
    // What these depend on in turn.
    const overrides = { '@tidemark/schematics': `file:${this.packed('tidemark-schematics')}` };
    writeFileSync(file, `${JSON.stringify({ ...manifest, overrides }, null, 2)}\n`);
    return this.npm(app, 'install', ...FROM_CACHE);
  }

  /** Gives an app what was installed for another one, which saves a minute; what it declares, another test looks at. */
  lend(app: string, from: string): void {
    symlinkSync(join(this.root, from, 'node_modules'), join(this.root, app, 'node_modules'), 'junction');
  }

  npm(folder: string, ...args: readonly string[]): Promise<Ended> {
    return run(join(this.root, folder), join(this.root, 'bin', 'npm'), args, this.environment());
  }

  /** Starts a program in the folder of an app, on a free port. */
  start(app: string, program: 'node' | 'npm', ...args: readonly string[]): RunningCommand {
    const env = { ...this.environment(), PORT: '0' };
    return new RunningCommand(join(this.root, app), join(this.root, 'bin', program), args, env);
  }

  remove(): void {
    rmSync(this.root, { recursive: true, force: true, maxRetries: 10 });
  }

  private get node(): string {
    return join(this.root, 'bin', 'node');
  }

  private packed(name: string): string {
    const [tarball] = globSync(`${name}-[0-9]*.tgz`, { cwd: join(this.root, 'packed') });
    if (tarball === undefined) throw new Error(`${name} was not packed.`);
    return join(this.root, 'packed', tarball);
  }

  private bringNodeAndNpm(): void {
    // As root, the embedded server runs as another user, who has to get at its programs.
    chmodSync(this.root, 0o755);
    mkdirSync(join(this.root, 'bin'));
    try {
      linkSync(process.execPath, this.node);
    } catch {
      copyFileSync(process.execPath, this.node);
    }
    const cli = process.env.npm_execpath;
    if (cli === undefined) throw new Error('Run the tests through npm, which says where it is.');
    writeFileSync(join(this.root, 'bin', 'npm'), `#!/bin/sh\nexec '${this.node}' '${cli}' "$@"\n`, { mode: 0o755 });
  }

  private environment(): NodeJS.ProcessEnv {
    const { PATH = '', ...others } = process.env;
    const paths = PATH.split(delimiter).filter((path) => !path.includes('node_modules'));
    const kept = Object.entries(others).filter(([name]) => !OF_THE_REPOSITORY.test(name));
    return { ...Object.fromEntries(kept), PATH: [join(this.root, 'bin'), ...paths].join(delimiter), NO_COLOR: '1' };
  }
}
