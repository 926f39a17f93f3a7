import { join, normalize } from '@angular-devkit/core';
import type { Rule, Tree } from '@angular-devkit/schematics';
import { ModuleFinder, NameParser, normalizeToKebabOrSnakeCase } from '@nestjs/schematics';
import { dirname, relative } from 'node:path/posix';
import type { GeneratorOptions } from './generator.options.js';
import { ModuleSource } from './module-source.js';
import { type NestApp, nestAppIn } from './nest-app.js';
import { RefusalError } from './refusal.js';

const NAME = /^[a-z][a-z\d]*(-[a-z\d]+)*$/;

/** Where a generator writes: a folder of the app, and what is to be made in it. */
export interface Feature {
  readonly app: NestApp;
  /** Folder of the feature, from the folder of the app: `src/orders`. */
  readonly folder: string;
  /** In kebab case. */
  readonly name: string;
}

/** Takes the name apart; throws a {@link RefusalError} for one that makes no class. */
export function featureOf(tree: Tree, { name, path, sourceRoot }: GeneratorOptions): Feature {
  const app = nestAppIn(tree, sourceRoot);
  const parsed = new NameParser().parse({
    name,
    path: path === undefined ? app.sourceRoot : `${app.sourceRoot}/${path}`,
  });
  const kebab = normalizeToKebabOrSnakeCase(parsed.name).replaceAll('_', '-');
  if (!NAME.test(kebab)) {
    throw new RefusalError('BAD_NAME', `'${name}' is no name: take words of a-z and 0-9, such as orders/order-placed.`);
  }
  return { app, folder: normalizeToKebabOrSnakeCase(parsed.path).replace(/^\//, ''), name: kebab };
}

/** Throws where a file is there already, so that nothing of anybody is written over. */
export function refuseExisting(tree: Tree, path: string): void {
  if (tree.exists(path)) throw new RefusalError('EXISTS', `${path} is there already. Take another name, or remove it.`);
}

/** Changes the module that is nearest to the feature, upwards; `import` there names files from the folder of the app. */
export function inModule(
  { app, folder }: Feature,
  { skipImport = false }: GeneratorOptions,
  change: (module: ModuleSource, from: (path: string) => string) => void,
): Rule {
  return (tree) => {
    if (skipImport) return;
    const found = new ModuleFinder(tree).find({ name: '', path: normalize(`/${folder}`) });
    if (found === null) {
      throw new RefusalError(
        'NO_APP_MODULE',
        `There is no module in ${folder} nor above it. Make one, or leave it alone by --skip-import.`,
      );
    }
    const path = join(normalize('/'), found);
    const module = new ModuleSource(path, tree.readText(path));
    change(module, (file) => specifierOf(dirname(path), `/${file}`) + app.importSuffix);
    if (module.text !== tree.readText(path)) tree.overwrite(path, module.text);
  };
}

/** How a file is imported from a folder. */
export function specifierOf(folder: string, file: string): string {
  const path = relative(folder, file);
  return path.startsWith('.') ? path : `./${path}`;
}
