import { copyFileSync, linkSync, mkdirSync, readdirSync, readFileSync, realpathSync, symlinkSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';

interface LockedPackage {
  readonly dev?: boolean;
  readonly optional?: boolean;
  readonly devOptional?: boolean;
  readonly link?: boolean;
  readonly resolved?: string;
}

/** Where the lock file puts what `npm ci --omit=dev --omit=optional` installs. */
export function productionPackages(): readonly string[] {
  return Object.entries(locked())
    .filter(([path, one]) => path.includes('node_modules/') && !one.dev && !one.optional && !one.devOptional)
    .map(([path]) => path);
}

/** Does in a folder what `npm ci --omit=dev --omit=optional` would, out of what is installed here and without a network. */
export function installFromHere(repository: string, folder: string): void {
  const packages = locked();
  for (const path of productionPackages()) {
    const to = join(folder, path);
    mkdirSync(dirname(to), { recursive: true });
    const { link, resolved } = packages[path]!;
    if (link) symlinkSync(relative(dirname(to), join(folder, resolved!)), to);
    else linkFolder(realpathSync(join(repository, path)), to);
  }
}

function locked(): Readonly<Record<string, LockedPackage>> {
  const { packages } = JSON.parse(readFileSync('package-lock.json', 'utf8')) as {
    readonly packages: Readonly<Record<string, LockedPackage>>;
  };
  return packages;
}

// Not the packages within: they have lines of their own in the lock file.
function linkFolder(from: string, to: string): void {
  mkdirSync(to, { recursive: true });
  for (const entry of readdirSync(from, { withFileTypes: true })) {
    const [source, target] = [join(from, entry.name), join(to, entry.name)];
    if (entry.isDirectory() && entry.name !== 'node_modules') linkFolder(source, target);
    else if (entry.isFile()) linkOrCopy(source, target);
  }
}

function linkOrCopy(source: string, target: string): void {
  try {
    linkSync(source, target);
  } catch {
    // On another disk, or where somebody else's file may not be linked.
    copyFileSync(source, target);
  }
}
