import { existsSync, readFileSync } from 'node:fs';
import { repositoryFiles } from './repository-files.mjs';

const DECISIONS = 'docs/decisions/dependencies.md';
const KINDS = ['dependencies', 'peerDependencies', 'optionalDependencies', 'devDependencies'];

const manifests = () =>
  ['package.json', 'bench/package.json', ...repositoryFiles('{libs,apps}/*/package.json')].map((file) => [
    file,
    readJson(file),
  ]);

/** All workspaces carry one version, and ask for each other at it. */
export function versionsAgree() {
  const { version } = readJson('package.json');
  const own = new Set(manifests().map(([, manifest]) => manifest.name));
  return manifests().flatMap(([file, manifest]) => {
    const wrong = manifest.version === version ? [] : [`${file} is at ${manifest.version}, the root at ${version}.`];
    const asked = KINDS.flatMap((kind) => Object.entries(manifest[kind] ?? {}));
    const stale = asked.filter(([name, range]) => own.has(name) && range.replace(/^[\^~]/, '') !== version);
    return [...wrong, ...stale.map(([name, range]) => `${file} asks for ${name} ${range}, which is at ${version}.`)];
  });
}

/** Every dependency has its reason on record, and no reason outlives its dependency. */
export function dependenciesAreExplained() {
  if (!existsSync(DECISIONS)) return [`${DECISIONS} is missing.`];
  const own = new Set(manifests().map(([, manifest]) => manifest.name));
  const used = manifests().flatMap(([file, manifest]) =>
    KINDS.flatMap((kind) => Object.keys(manifest[kind] ?? {})).map((name) => ({ file, name })),
  );
  const rows = [...readFileSync(DECISIONS, 'utf8').matchAll(/^\|\s*`([^`]+)`\s*\|/gm)].map(([, name]) => name);
  const covers = (row, name) => row === name || (row.endsWith('/*') && name.startsWith(row.slice(0, -1)));
  const unexplained = used.filter(({ name }) => !own.has(name) && !rows.some((row) => covers(row, name)));
  const outlived = rows.filter((row) => !used.some(({ name }) => covers(row, name)));
  return [
    ...unexplained.map(({ file, name }) => `${file} depends on '${name}', which has no line in ${DECISIONS}.`),
    ...outlived.map((row) => `${DECISIONS} explains '${row}', which nothing depends on.`),
  ];
}

/** The lock file names packages and hashes, never the place that they came from on one machine. */
export function lockHoldsNoAddress() {
  const packages = Object.entries(readJson('package-lock.json').packages);
  return packages
    .filter(([, { resolved }]) => /^[a-z+]+:/.test(resolved ?? ''))
    .map(
      ([path, { resolved }]) =>
        `package-lock.json: ${path} was resolved to ${new URL(resolved).origin}; run 'npm install' with the .npmrc of the repository.`,
    );
}

/** Packages with native code have one build per platform: a lock file that misses one is refused by `npm ci`. */
export function lockHoldsEveryPlatform() {
  const { packages } = readJson('package-lock.json');
  const locked = new Set(Object.keys(packages).map(nameOf));
  return Object.entries(packages).flatMap(([path, { optionalDependencies = {} }]) =>
    Object.keys(optionalDependencies)
      .filter((name) => !locked.has(name))
      .map(
        (name) => `package-lock.json: ${path} may need '${name}', which is not locked; run scripts/complete-lock.mjs.`,
      ),
  );
}

/** Each package with an install script is allowed or refused by name, so that an install asks and warns of nothing. */
export function installScriptsAreDecided() {
  const { allowScripts = {} } = readJson('package.json');
  const packages = Object.entries(readJson('package-lock.json').packages);
  const names = packages.filter(([, { hasInstallScript }]) => hasInstallScript).map(([path]) => nameOf(path));
  return [...new Set(names)]
    .filter((name) => !(name in allowScripts))
    .map((name) => `package.json: '${name}' has an install script; say under allowScripts whether it may run.`);
}

/** What is published carries the licence and a page that says what it is. */
export function packagesAreComplete() {
  const licence = readFileSync('LICENSE', 'utf8');
  const published = manifests().filter(([, manifest]) => !manifest.private);
  return published.flatMap(([file]) => {
    const folder = file.slice(0, -'/package.json'.length);
    const copy = existsSync(`${folder}/LICENSE`) ? readFileSync(`${folder}/LICENSE`, 'utf8') : undefined;
    return [
      ...(copy === licence ? [] : [`${folder}/LICENSE is not the LICENSE of the repository.`]),
      ...(existsSync(`${folder}/README.md`) ? [] : [`${folder}/README.md is missing.`]),
    ];
  });
}

/** The package at a path of the lock file. */
function nameOf(path) {
  return path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length);
}

function readJson(file) {
  return JSON.parse(readFileSync(file, 'utf8'));
}
