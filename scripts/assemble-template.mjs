// Makes libs/create-tidemark/template of the sample app and of the few files that only a generated app has. The sample is the one
// source: nothing of it is kept twice. Run in the folder of the package, by its build.
//
//   template/app     what every app has      template/orders, template/empty     what the one or the other example has beside it
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import prettier from 'prettier';
import { CUTS, EXAMPLE_FOLDERS, TRACES } from './template/empty-example.mjs';
import { appFiles } from './template/app-files.mjs';

const ROOT = resolve(import.meta.dirname, '..');
const STYLE = await prettier.resolveConfig(join(ROOT, 'package.json'));
const next = `template-${process.pid}`;
try {
  const files = appFiles(ROOT);
  for (const [path, text] of files.app) await writeVariants(path, text);
  for (const [path, text] of files.orders) await write('orders', path, text);
  replace('template', next);
} finally {
  rmSync(next, { recursive: true, force: true });
}

/** A file that is the same with and without the example is kept once. */
async function writeVariants(path, text) {
  if (EXAMPLE_FOLDERS.some((folder) => path.startsWith(folder))) return write('orders', path, text);
  const empty = withoutExample(path, text);
  if (empty === text) return write('app', path, text);
  await write('orders', path, text);
  await write('empty', path, empty);
}

function withoutExample(path, text) {
  let rest = text;
  for (const [from, to] of CUTS[path] ?? []) {
    const times = rest.split(from).length - 1;
    if (times !== 1) throw new Error(`${path} has '${from}' ${times} times, not once.`);
    rest = rest.replace(from, () => to);
  }
  const trace = rest.split('\n').find((line) => TRACES.test(line));
  if (trace !== undefined) throw new Error(`${path}: the empty app would still have '${trace.trim()}'.`);
  return rest;
}

// npm packs no file that is called .gitignore or .npmrc; whoever generates gives the dots back.
async function write(variant, path, text) {
  const packed = path
    .split('/')
    .map((part) => part.replace(/^\./, 'dot-'))
    .join('/');
  const file = join(next, variant, packed);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, await formatted(path, text));
}

// A line that went away may leave a list that fits on one, and the generated app looks at its form.
async function formatted(path, text) {
  const { inferredParser } = await prettier.getFileInfo(path);
  // In Markdown a token is bold text.
  return inferredParser === null || inferredParser === 'markdown'
    ? text
    : prettier.format(text, { ...STYLE, parser: inferredParser });
}

function replace(folder, by) {
  if (existsSync(folder)) renameSync(folder, `${by}-old`);
  renameSync(by, folder);
  rmSync(`${by}-old`, { recursive: true, force: true });
}
