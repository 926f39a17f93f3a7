import { chain, noop, type Rule, type Tree } from '@angular-devkit/schematics';
import { join } from 'node:path/posix';
import { format } from '../app/format.js';
import { withShutdownHooks } from '../app/main-source.js';
import { ModuleSource } from '../app/module-source.js';
import { type NestApp, nestAppIn } from '../app/nest-app.js';
import { RefusalError } from '../app/refusal.js';
import { filesFrom } from '../app/templates.js';
import { addEnvironmentFiles } from './environment-files.js';
import type { NestAddOptions } from './nest-add.options.js';
import { addPackages } from './packages.js';

const ROOT = `EventSourcingModule.forRootAsync({
  useFactory: () => ({ migrate: true, ...readSettings().eventSourcing }),
  metrics: true,
  healthController: true,
})`;

/** Sets up event sourcing in a Nest app; run once more, it changes nothing. */
export function nestAdd(options: NestAddOptions): Rule {
  return (tree) => {
    const app = nestAppIn(tree, options.sourceRoot);
    const module = readModule(tree, app);
    // Who has TypeORM set up keeps it as it is, and the database with it.
    const connects = !module.has('imports', 'TypeOrmModule.forRoot');
    return chain([
      filesFrom(join(import.meta.dirname, 'files'), { to: app.sourceRoot, values: valuesOf(app, options) }),
      connects
        ? filesFrom(join(import.meta.dirname, 'database-files'), { to: app.sourceRoot, values: valuesOf(app, options) })
        : noop(),
      addToModule(module, app, connects),
      addToMain(app),
      addEnvironmentFiles(app, options),
      addPackages(options),
      format(),
    ]);
  };
}

function valuesOf({ name, importSuffix }: NestApp, { database }: NestAddOptions): object {
  return { name, importSuffix, embedded: database === 'embedded' };
}

function readModule(tree: Tree, { sourceRoot }: NestApp): ModuleSource {
  const path = modulePathOf(sourceRoot);
  if (!tree.exists(path)) {
    throw new RefusalError(
      'NO_APP_MODULE',
      `There is no ${path}. Run this in the folder of a Nest app in TypeScript, or name the project by --project.`,
    );
  }
  return new ModuleSource(path, tree.readText(path));
}

function addToModule(module: ModuleSource, { sourceRoot, importSuffix }: NestApp, connects: boolean): Rule {
  return (tree) => {
    if (connects && !module.has('imports', 'DatabaseModule')) {
      module.import('DatabaseModule', `./database/database.module${importSuffix}`).add('imports', 'DatabaseModule');
    }
    if (!module.has('imports', 'CqrsModule') && !module.has('imports', 'CqrsModule.forRoot')) {
      module.import('CqrsModule', '@nestjs/cqrs').add('imports', 'CqrsModule.forRoot()');
    }
    if (!module.has('imports', 'EventSourcingModule.forRoot')) {
      module
        .import('EventSourcingModule', '@tidemark/event-sourcing')
        .import('readSettings', `./settings${importSuffix}`)
        .add('imports', ROOT);
    }
    const path = modulePathOf(sourceRoot);
    if (module.text !== tree.readText(path)) tree.overwrite(path, module.text);
  };
}

function addToMain({ sourceRoot }: NestApp): Rule {
  return (tree, { logger }) => {
    const path = `${sourceRoot}/main.ts`;
    const text = tree.read(path)?.toString();
    const changed = text === undefined ? undefined : withShutdownHooks(text);
    if (changed === undefined) {
      logger.warn(
        `Call app.enableShutdownHooks() where the app is made, so that SIGTERM drains it: ${path} could not be changed.`,
      );
    } else if (changed !== text) tree.overwrite(path, changed);
  };
}

function modulePathOf(sourceRoot: string): string {
  return `${sourceRoot}/app.module.ts`;
}
