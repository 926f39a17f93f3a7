import type { PackageManager } from './package-managers.js';

/** Where the app keeps its events at first: on a PostgreSQL of its own, or on the server of a `DATABASE_URL`. */
export const DATABASES = ['embedded', 'url'] as const;

/** What the app has in it at first: a service of orders, or nothing but what every service needs. */
export const EXAMPLES = ['orders', 'empty'] as const;

/** What is asked; all of it has to be known before anything is written. */
export interface Answers {
  /** Folder of the app, as it was given. */
  readonly folder: string;
  /** Name of its package; may have a scope. */
  readonly name: string;
  readonly packageManager: PackageManager;
  readonly database: (typeof DATABASES)[number];
  readonly example: (typeof EXAMPLES)[number];
}

/** What the command line has said of it so far. */
export type GivenAnswers = Partial<Answers>;
