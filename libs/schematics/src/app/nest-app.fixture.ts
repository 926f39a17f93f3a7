import { callRule, HostTree, type Rule, type Schematic, type Tree } from '@angular-devkit/schematics';
import { SchematicTestRunner, UnitTestTree } from '@angular-devkit/schematics/testing/index.js';
import { join } from 'node:path';

const APP_MODULE = `import { Module } from '@nestjs/common';
import { AppService } from './app.service.js';

@Module({
  imports: [],
  providers: [AppService],
})
export class AppModule {}
`;

const MAIN = `import { NestFactory } from '@nestjs/core';
import { AppModule } from './app.module.js';

async function bootstrap() {
  const app = await NestFactory.create(AppModule);
  await app.listen(process.env.PORT ?? 3000);
}
await bootstrap();
`;

/** A Nest app as its CLI makes it, as far as the schematics look. */
export const FRESH_APP: Readonly<Record<string, string>> = {
  'package.json': manifest({ type: 'module' }),
  'nest-cli.json': '{ "sourceRoot": "src" }',
  'src/app.module.ts': APP_MODULE,
  'src/main.ts': MAIN,
};

/** The manifest of the app, with what is to differ. */
export function manifest(fields: object): string {
  const dependencies = { '@nestjs/common': '^12.0.1', '@nestjs/core': '^12.0.1' };
  return `${JSON.stringify({ name: 'shop', dependencies, ...fields }, undefined, 2)}\n`;
}

/** The app with other files, or without those that are `undefined`. */
export function appWith(files: Readonly<Record<string, string | undefined>> = {}): UnitTestTree {
  const tree = new UnitTestTree(new HostTree());
  for (const [path, text] of Object.entries({ ...FRESH_APP, ...files })) {
    if (text !== undefined) tree.create(path, text);
  }
  return tree;
}

/** All files of an app, by their paths. */
export function contentsOf(tree: UnitTestTree): Record<string, string> {
  return Object.fromEntries(tree.files.map((path) => [path, tree.readContent(path)]));
}

/** What a schematic made of an app, and what it said and asked for meanwhile. */
export interface Ran {
  readonly tree: UnitTestTree;
  readonly warnings: readonly string[];
  /** Names of the tasks that come after the files are written. */
  readonly tasks: readonly string[];
}

/** Runs schematics one after the other; the app that is given stays as it is. */
export async function run(app: UnitTestTree, ...rules: readonly Rule[]): Promise<Ran> {
  const { engine, logger } = new SchematicTestRunner('tidemark', join(import.meta.dirname, '../collection.json'));
  const warnings: string[] = [];
  const tasks: string[] = [];
  logger.subscribe(({ level, message }) => {
    if (level === 'warn') warnings.push(message);
  });
  const schematic = { description: { name: 'under-test' } } as Schematic<object, object>;
  const context = engine.createContext(schematic, { logger });
  // Noted and never executed: a task of an install would work on the folder that the tests run in.
  context.addTask = (task) => ({ id: tasks.push(task.toConfiguration().name) });
  let tree: Tree = app.branch();
  for (const rule of rules) await callRule(rule, tree, context).forEach((changed) => void (tree = changed));
  return { tree: new UnitTestTree(tree), warnings, tasks };
}
