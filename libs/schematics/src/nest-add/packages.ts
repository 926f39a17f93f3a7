import type { Rule } from '@angular-devkit/schematics';
import { NodePackageInstallTask } from '@angular-devkit/schematics/tasks/index.js';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readManifest } from '../app/nest-app.js';
import type { NestAddOptions } from './nest-add.options.js';

/** What the app needs beside the library; the ranges are those that the library itself asks of its peers. */
export const BESIDES: Readonly<Record<string, string>> = {
  '@nestjs/cqrs': '^12.0.0',
  '@nestjs/terminus': '^12.1.0',
  '@nestjs/typeorm': '^12.0.0',
  '@willsoto/nestjs-prometheus': '^6.1.0',
  pg: '^8.16.0',
  'prom-client': '^15.1.0',
  typeorm: '^1.1.0',
};

/** Adds the packages that are missing to package.json, and has them installed. */
export function addPackages({ database, skipInstall = false }: NestAddOptions): Rule {
  return (tree, context) => {
    const manifest = readManifest(tree);
    const own = `^${ownVersion()}`;
    const present = { ...manifest.dependencies, ...manifest.devDependencies };
    const missing = (wanted: Readonly<Record<string, string>>): [string, string][] =>
      Object.entries(wanted).filter(([name]) => !(name in present));
    const dependencies = missing({ ...BESIDES, '@tidemark/event-sourcing': own });
    const devDependencies = missing(database === 'embedded' ? { '@tidemark/embedded-postgres': own } : {});
    if (dependencies.length + devDependencies.length === 0) return;
    const merged = {
      ...manifest,
      ...(dependencies.length > 0 && { dependencies: sorted(manifest.dependencies, dependencies) }),
      ...(devDependencies.length > 0 && { devDependencies: sorted(manifest.devDependencies, devDependencies) }),
    };
    tree.overwrite('package.json', `${JSON.stringify(merged, undefined, indentOf(tree.readText('package.json')))}\n`);
    if (!skipInstall) context.addTask(new NodePackageInstallTask());
  };
}

/** All packages of the repository carry one version. */
function ownVersion(): string {
  const manifest = readFileSync(join(import.meta.dirname, '../../package.json'), 'utf8');
  return (JSON.parse(manifest) as { readonly version: string }).version;
}

function sorted(present: Record<string, string> = {}, added: readonly [string, string][]): Record<string, string> {
  return Object.fromEntries([...Object.entries(present), ...added].sort(([a], [b]) => (a < b ? -1 : 1)));
}

function indentOf(text: string): string {
  return /^[\t ]+/m.exec(text)?.[0] ?? '  ';
}
