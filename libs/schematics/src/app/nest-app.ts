import type { Tree } from '@angular-devkit/schematics';
import { RefusalError } from './refusal.js';

const OLDEST_NEST = 12;

/** A manifest, as far as the schematics look at it. */
export interface Manifest {
  readonly name?: string;
  readonly type?: string;
  dependencies?: Record<string, string>;
  devDependencies?: Record<string, string>;
}

/** The Nest app in a tree. */
export interface NestApp {
  readonly name: string;
  /** Folder with the sources, without slashes at its ends. */
  readonly sourceRoot: string;
  /** What relative imports end with: `.js` in an ES module, nothing in CommonJS. */
  readonly importSuffix: '.js' | '';
}

/** Looks at the app; throws a {@link RefusalError} where there is none, or one that is too old. */
export function nestAppIn(tree: Tree, sourceRoot = 'src'): NestApp {
  const manifest = readManifest(tree);
  const major = nestMajorOf(tree, manifest);
  if (major < OLDEST_NEST) {
    throw new RefusalError(
      'NEST_TOO_OLD',
      `This app is on Nest ${major}, and @tidemark/event-sourcing needs ${OLDEST_NEST} or newer. Update Nest first.`,
    );
  }
  return {
    name: nameOf(manifest),
    sourceRoot: sourceRoot.replace(/^[./]+|\/+$/g, ''),
    importSuffix: manifest.type === 'module' ? '.js' : '',
  };
}

/** Reads the package.json of the app. */
export function readManifest(tree: Tree): Manifest {
  const text = tree.read('package.json')?.toString();
  if (text === undefined) {
    throw new RefusalError('NO_APP', 'There is no package.json here. Run this in the folder of a Nest app.');
  }
  try {
    return JSON.parse(text) as Manifest;
  } catch (error) {
    throw new RefusalError('NOT_UNDERSTOOD', `package.json cannot be read: ${(error as Error).message}.`);
  }
}

/** What is installed counts; where nothing is, what package.json asks for. */
function nestMajorOf(tree: Tree, { dependencies = {} }: Manifest): number {
  const installed = tree.read('node_modules/@nestjs/core/package.json')?.toString();
  const version =
    installed === undefined
      ? dependencies['@nestjs/core']
      : (JSON.parse(installed) as { readonly version: string }).version;
  if (version === undefined) {
    throw new RefusalError('NO_APP', 'package.json asks for no @nestjs/core. Run this in the folder of a Nest app.');
  }
  const major = /\d+/.exec(version)?.[0];
  // A tag such as 'latest' tells nothing, and is no old version.
  return major === undefined ? OLDEST_NEST : Number(major);
}

function nameOf({ name = '' }: Manifest): string {
  return name.slice(name.lastIndexOf('/') + 1) || 'app';
}
