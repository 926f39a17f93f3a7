import { CANCEL_SYMBOL, select, text } from '@clack/prompts';
import { resolve } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import type { Answers, GivenAnswers } from './answers.js';
import { CreateError } from './errors.js';
import { assertFree } from './new-folder.js';
import { nameOfFolder, problemOfName } from './package-name.js';

/** Where questions are asked. */
export interface Asking {
  readonly input: Readable;
  readonly output: Writable;
}

/** What holds where nobody says otherwise. */
export const DEFAULTS = { folder: 'my-service', database: 'embedded', example: 'orders' } as const;

/** Asks for what is not given; throws `CANCELLED` where whoever is asked leaves. */
export async function ask(given: GivenAnswers & Pick<Answers, 'packageManager'>, asking: Asking): Promise<Answers> {
  const folder = given.folder ?? given.name ?? (await askFolder(asking));
  const name = given.name ?? (await nameFor(folder, asking));
  const database = given.database ?? (await askDatabase(asking));
  const example = given.example ?? (await askExample(asking));
  return { folder, name, database, example, packageManager: given.packageManager };
}

async function askFolder(asking: Asking): Promise<string> {
  return answered(
    await text({
      ...asking,
      message: 'Where shall the service be made?',
      placeholder: DEFAULTS.folder,
      defaultValue: DEFAULTS.folder,
      validate: (value) => problemOfFolder(value?.trim() || DEFAULTS.folder),
    }),
  ).trim();
}

/** A folder whose name is one for a package as well asks for no other. */
async function nameFor(folder: string, asking: Asking): Promise<string> {
  const suggestion = nameOfFolder(folder);
  if (problemOfName(suggestion) === undefined) return suggestion;
  return answered(
    await text({ ...asking, message: 'What is its package called?', validate: (value) => problemOfName(value ?? '') }),
  );
}

async function askDatabase(asking: Asking): Promise<Answers['database']> {
  return answered(
    await select({
      ...asking,
      message: 'Which PostgreSQL?',
      initialValue: DEFAULTS.database,
      options: [
        { value: 'embedded', label: 'One that comes along', hint: 'nothing to install, for development' },
        { value: 'url', label: 'My own', hint: 'DATABASE_URL in .env' },
      ] satisfies { value: Answers['database']; label: string; hint: string }[],
    }),
  );
}

async function askExample(asking: Asking): Promise<Answers['example']> {
  return answered(
    await select({
      ...asking,
      message: 'What shall be in it?',
      initialValue: DEFAULTS.example,
      options: [
        { value: 'orders', label: 'An example', hint: 'orders: events, an aggregate, a projection, an API' },
        { value: 'empty', label: 'Nothing yet', hint: 'the service without a domain' },
      ] satisfies { value: Answers['example']; label: string; hint: string }[],
    }),
  );
}

function problemOfFolder(folder: string): string | undefined {
  try {
    assertFree(resolve(folder));
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

function answered<T extends string>(answer: T | typeof CANCEL_SYMBOL): T {
  if (answer === CANCEL_SYMBOL) throw new CreateError('CANCELLED', 'Nothing was made.');
  return answer;
}
