import { readdir, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

/** One numbered pair of SQL files. */
export interface MigrationFile {
  readonly number: number;
  /** For example `0001_event_store`. */
  readonly name: string;
  readonly up: string;
  readonly down: string;
}

/** Where the package keeps its migrations. */
const MIGRATIONS_FOLDER = fileURLToPath(new URL('../../../migrations/', import.meta.url));

const FILE_NAME = /^(\d{4})_([a-z0-9_]+)\.up\.sql$/;

/** Reads all migrations, in order; refuses gaps and files without their counterpart. */
export async function readMigrationFiles(folder: string = MIGRATIONS_FOLDER): Promise<readonly MigrationFile[]> {
  const names = (await readdir(folder)).filter((name) => FILE_NAME.test(name)).sort();
  const files = await Promise.all(names.map((name) => readPair(folder, name.slice(0, -'.up.sql'.length))));
  for (const [index, { number, name }] of files.entries()) {
    if (number !== index + 1) throw new Error(`migration ${name} in ${folder} should have number ${index + 1}`);
  }
  if (files.length === 0) throw new Error(`there are no migrations in ${folder}`);
  return files;
}

async function readPair(folder: string, name: string): Promise<MigrationFile> {
  const [up, down] = await Promise.all(['up', 'down'].map((way) => readFile(`${folder}/${name}.${way}.sql`, 'utf8')));
  return { number: Number(name.slice(0, 4)), name, up: up as string, down: down as string };
}
