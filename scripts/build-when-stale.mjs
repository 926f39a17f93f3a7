// Builds the libraries that are named where something is newer than what was built of it: node scripts/build-when-stale.mjs <library>...
// A build that changes nothing would still take dist/ away, for a moment, from whoever runs it now.
import { execFileSync } from 'node:child_process';
import { existsSync, globSync, statSync } from 'node:fs';
import { join } from 'node:path';

const SOURCES = ['package.json', 'tsconfig.build.json', 'src', 'src/**'];
const SHARED = ['package-lock.json', 'tsconfig.base.json', 'migrations', 'migrations/*', 'scripts/build-library.mjs'];

for (const library of process.argv.slice(2)) {
  if (!isStale(library)) continue;
  const build = join(import.meta.dirname, 'build-library.mjs');
  execFileSync(process.execPath, [build], { cwd: library, stdio: ['ignore', 2, 2] });
}

function isStale(library) {
  const built = ['index.js', 'collection.json'].map((file) => join(library, 'dist', file)).find(existsSync);
  if (built === undefined) return true;
  const builtAt = statSync(built).mtimeMs;
  const sources = [...SOURCES.map((pattern) => join(library, pattern)), ...SHARED];
  return sources.some((pattern) => globSync(pattern).some((path) => statSync(path).mtimeMs > builtAt));
}
