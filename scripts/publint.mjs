// Checks each library as npm would publish it: publint on the packed form, and that what it imports, it declares.
import { execFileSync } from 'node:child_process';
import { existsSync, globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import ts from 'typescript';

const libraries = globSync('libs/*/package.json').map((file) => file.slice(0, -'/package.json'.length));
const problems = [];
for (const folder of libraries.sort()) {
  const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  if (manifest.private) continue;
  if (!existsSync(join(folder, 'dist'))) throw new Error(`${folder}/dist is missing: run 'npm run build' first.`);
  await lintPacked(folder, manifest);
  lintImports(folder, manifest);
  console.log(`publint: ${manifest.name} looked at`);
}
for (const problem of problems) console.error(`publint: ${problem}`);
process.exitCode = problems.length > 0 ? 1 : 0;

/** publint's own rules, strictly, over the tarball that `npm pack` makes. */
async function lintPacked(folder, manifest) {
  const out = mkdtempSync(join(tmpdir(), 'tidemark-pack-'));
  try {
    // The build was made before; a pack that builds anew would take dist/ away from whoever uses it now.
    const npm = process.env.npm_execpath;
    const args = ['pack', '--json', '--ignore-scripts', '--pack-destination', out];
    const options = { cwd: folder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] };
    if (npm === undefined) execFileSync('npm', args, options);
    else execFileSync(process.execPath, [npm, ...args], options);
    const [tarball] = globSync('*.tgz', { cwd: out });
    const bytes = readFileSync(join(out, tarball));
    const { messages, pkg } = await publint({
      strict: true,
      pack: { tarball: bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) },
    });
    for (const message of messages) {
      const text = `${manifest.name}: ${message.type}: ${formatMessage(message, pkg, { color: false })}`;
      if (message.type === 'suggestion') console.log(`publint: ${text}`);
      else problems.push(text);
    }
  } finally {
    rmSync(out, { recursive: true, force: true });
  }
}

/** Whoever installs the library gets its dependencies and peers, and nothing else: code and types may ask for no more. */
function lintImports(folder, manifest) {
  const declared = new Set([
    manifest.name,
    ...['dependencies', 'peerDependencies', 'optionalDependencies'].flatMap((kind) =>
      Object.keys(manifest[kind] ?? {}),
    ),
  ]);
  for (const file of globSync('dist/**/*.{js,d.ts}', { cwd: folder })) {
    const { importedFiles, typeReferenceDirectives } = ts.preProcessFile(readFileSync(join(folder, file), 'utf8'));
    const asked = [...importedFiles, ...typeReferenceDirectives].map(({ fileName }) => fileName);
    for (const name of new Set(asked.filter((path) => !path.startsWith('.') && !isBuiltin(path)).map(packageOf))) {
      if (!declared.has(name)) problems.push(`${manifest.name}: ${file} imports '${name}', which is not declared.`);
      else if (file.endsWith('.d.ts') && typesOf(name) !== undefined && !declared.has(typesOf(name))) {
        problems.push(`${manifest.name}: ${file} needs the types of '${name}': declare '${typesOf(name)}'.`);
      }
    }
  }
}

function packageOf(specifier) {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
}

/** The `@types` package of a package that brings no types of its own. */
function typesOf(name) {
  const types = `@types/${name.replace(/^@/, '').replace('/', '__')}`;
  return existsSync(join('node_modules', types)) ? types : undefined;
}
