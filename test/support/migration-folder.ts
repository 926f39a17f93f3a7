import { cp, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The shipped migrations. */
export const MIGRATIONS = fileURLToPath(new URL('../../migrations/', import.meta.url));

/** A folder of migrations for one test. */
export interface MigrationFolder {
  readonly path: string;
  /** Adds the migration with the next number. */
  add(name: string, up: string, down?: string): Promise<void>;
  remove(): Promise<void>;
}

/** How many migrations are shipped. */
export async function countMigrations(): Promise<number> {
  return (await readdir(MIGRATIONS)).length / 2;
}

/** @param count how many of the shipped migrations it begins with; all where it is left out. */
export async function createMigrationFolder(count = Number.POSITIVE_INFINITY): Promise<MigrationFolder> {
  const path = await mkdtemp(join(tmpdir(), 'tidemark-migrations-'));
  for (const file of await readdir(MIGRATIONS)) {
    if (Number(file.slice(0, 4)) <= count) await cp(join(MIGRATIONS, file), join(path, file));
  }
  return {
    path,
    async add(name, up, down = 'select 1;') {
      const number = String((await readdir(path)).length / 2 + 1).padStart(4, '0');
      await writeFile(join(path, `${number}_${name}.up.sql`), up);
      await writeFile(join(path, `${number}_${name}.down.sql`), down);
    },
    remove: () => rm(path, { recursive: true, force: true }),
  };
}
