// Builds the library in whose folder it is run: ESM, declarations and source maps into dist/.
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, globSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative, resolve } from 'node:path';

const require = createRequire(import.meta.url);
const tsc = join(dirname(require.resolve('typescript/package.json')), 'bin', 'tsc');

const next = `dist-${process.pid}`;
try {
  execFileSync(process.execPath, [tsc, '-p', 'tsconfig.build.json', '--outDir', next], { stdio: 'inherit' });
  // What is no code goes along: templates, and the JSON that speaks of them.
  for (const file of globSync('src/**/*.{json,template}')) cpSync(file, join(next, relative('src', file)));
  replace('dist', next);
} finally {
  rmSync(next, { recursive: true, force: true });
}

// The SQL is written once, at the top of the repository; a package that ships it carries a copy.
const { files = [] } = JSON.parse(readFileSync('package.json', 'utf8'));
if (files.includes('migrations')) {
  const source = resolve('../../migrations');
  if (!existsSync(source)) throw new Error(`no migrations at ${source}`);
  const copy = `migrations-${process.pid}`;
  cpSync(source, copy, { recursive: true });
  replace('migrations', copy);
}

/** Puts the new folder in the place of the old one at once, so that nothing runs without it meanwhile. */
function replace(folder, by) {
  const old = `${by}-old`;
  if (existsSync(folder)) renameSync(folder, old);
  renameSync(by, folder);
  rmSync(old, { recursive: true, force: true });
}
