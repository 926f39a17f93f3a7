import { existsSync, globSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Answers } from './answers.js';
import { CreateError } from './errors.js';
import { COMMANDS } from './package-managers.js';
import { formsOf } from './package-name.js';

/** A file of an app that is to be written. */
export interface PlannedFile {
  /** Path within the app, with `/` between its folders. */
  readonly path: string;
  readonly text: string;
}

interface Manifest {
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly allowScripts?: Readonly<Record<string, boolean>>;
}

type Form = Pick<Answers, 'name' | 'packageManager' | 'database' | 'example'>;

/**
 * All files of an app, sorted by path: what every app has, and what the example has beside it, under the app's own names.
 * @param template folder with `app`, `orders` and `empty`, as the build of this package makes it.
 */
export function planFiles(template: string, form: Form): readonly PlannedFile[] {
  const folders = [join(template, 'app'), join(template, form.example)];
  if (!folders.every((folder) => existsSync(folder))) {
    throw new CreateError('TEMPLATE_MISSING', `The package create-tidemark is not complete: ${template} is missing.`);
  }
  const tokens = tokensOf(form);
  const files = folders.flatMap((folder) =>
    globSync('**', { cwd: folder })
      .filter((path) => statSync(join(folder, path)).isFile())
      .map((path) => fileOf(path, readFileSync(join(folder, path), 'utf8'), tokens)),
  );
  const manifest = JSON.parse(files.find(({ path }) => path === 'package.json')?.text ?? '{}') as Manifest;
  assertNoDependency(form.name, manifest);
  return [...files, ...settingsOf(form, manifest)].sort((one, other) => (one.path < other.path ? -1 : 1));
}

function fileOf(path: string, text: string, tokens: ReadonlyMap<string, string>): PlannedFile {
  return { path: path.replaceAll('\\', '/').replaceAll(/(^|\/)dot-/g, '$1.'), text: replaceTokens(text, tokens) };
}

/** A line that is nothing but a token, written as `# __ENABLE_…__`, is the token's own text, and goes away with one that is empty. */
function replaceTokens(text: string, tokens: ReadonlyMap<string, string>): string {
  let result = text.replaceAll(/^[ \t]*# (__ENABLE_[A-Z_]+__)\n/gm, (line, token: string) =>
    tokens.get(token) === '' ? '' : line.replace('# ', ''),
  );
  for (const [token, value] of tokens) result = result.replaceAll(token, value);
  return result;
}

function tokensOf({ name, packageManager, database }: Form): ReadonlyMap<string, string> {
  const forms = formsOf(name);
  const { enable, ...commands } = COMMANDS[packageManager];
  const url = `DATABASE_URL=postgres://postgres:postgres@localhost:5432/${forms.database}`;
  return new Map([
    ['__PACKAGE__', name],
    ['__NAME__', forms.service],
    ['__TITLE__', forms.title],
    ['__DATABASE__', forms.database],
    ['__CONTAINER__', forms.container],
    ['__DATABASE_SETTING__', database === 'url' ? url : `#${url}`],
    ['__PM__', packageManager],
    ['__INSTALL__', commands.install],
    ['__RUN__', commands.run],
    ['__CI_INSTALL__', commands.installLocked],
    ['__PRODUCTION_INSTALL__', commands.installForProduction],
    ['__LOCKFILES__', commands.lockfiles],
    ['__ENABLE_IN_IMAGE__', enable === '' ? '' : `RUN ${enable}`],
    ['__ENABLE_IN_CI__', enable === '' ? '' : `- run: ${enable}`],
  ]);
}

/** What only one package manager reads. */
function settingsOf({ packageManager }: Form, { allowScripts = {} }: Manifest): readonly PlannedFile[] {
  switch (packageManager) {
    case 'npm':
      return [];
    case 'pnpm': {
      const lines = Object.entries(allowScripts).map(([name, allowed]) => `  '${name}': ${allowed}\n`);
      return [{ path: 'pnpm-workspace.yaml', text: `allowBuilds:\n${lines.join('')}` }];
    }
    case 'yarn':
      // Newer Yarns would keep packages in archives, out of which no server can be started.
      return [{ path: '.yarnrc.yml', text: 'nodeLinker: node-modules\n' }];
  }
}

/** A package that is called as one that it needs would find itself in its place. */
function assertNoDependency(name: string, { dependencies, devDependencies }: Manifest): void {
  if (!Object.hasOwn({ ...dependencies, ...devDependencies }, name)) return;
  const message = `'${name}' is the name of a package that the app needs. Choose another one by --name.`;
  throw new CreateError('INVALID_NAME', message);
}
