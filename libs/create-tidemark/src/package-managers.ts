/** The package managers that an app can be generated for. */
export const PACKAGE_MANAGERS = ['npm', 'pnpm', 'yarn'] as const;

/** One of {@link PACKAGE_MANAGERS}. */
export type PackageManager = (typeof PACKAGE_MANAGERS)[number];

/** How one and the same thing is said to each of them. */
export interface PackageManagerCommands {
  /** Installs, and writes the lock file. */
  readonly install: string;
  /** What comes before the name of a script. */
  readonly run: string;
  /** Installs exactly what is locked. */
  readonly installLocked: string;
  /** The same without what only developers need. */
  readonly installForProduction: string;
  /** What it reads beside the manifest to install what is locked. */
  readonly lockfiles: string;
  /** What makes the program available on a machine that has Node alone; `''` where it comes with Node. */
  readonly enable: string;
}

/** The words of each. `yarn` is Yarn 1, which is what corepack brings where a project names no other. */
export const COMMANDS: Readonly<Record<PackageManager, PackageManagerCommands>> = {
  npm: {
    install: 'npm install',
    run: 'npm run',
    installLocked: 'npm ci',
    installForProduction: 'npm ci --omit=dev --omit=optional --ignore-scripts',
    lockfiles: 'package-lock.json',
    enable: '',
  },
  pnpm: {
    install: 'pnpm install',
    run: 'pnpm',
    installLocked: 'pnpm install --frozen-lockfile',
    installForProduction: 'pnpm install --frozen-lockfile --prod --no-optional --ignore-scripts',
    lockfiles: 'pnpm-lock.yaml pnpm-workspace.yaml',
    enable: 'corepack enable pnpm',
  },
  yarn: {
    install: 'yarn install',
    run: 'yarn',
    installLocked: 'yarn install --frozen-lockfile',
    installForProduction: 'yarn install --frozen-lockfile --production --ignore-optional --ignore-scripts',
    lockfiles: 'yarn.lock',
    enable: 'corepack enable yarn',
  },
};

/** The package manager that started this process, by the user agent that it sets; npm where it says nothing. */
export function packageManagerOf(userAgent = ''): PackageManager {
  return PACKAGE_MANAGERS.find((name) => userAgent.startsWith(`${name}/`)) ?? 'npm';
}
