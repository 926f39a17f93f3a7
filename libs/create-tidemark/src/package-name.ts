import { isBuiltin } from 'node:module';
import { basename, resolve } from 'node:path';

const LONGEST_NAME = 214;
const LONGEST_IDENTIFIER = 63;
const PART = '[a-z0-9][a-z0-9._-]*';
const NAME = new RegExp(`^(@${PART}/)?${PART}$`);
const RESERVED = ['node_modules', 'favicon.ico'];

/** What is wrong with the name of a package, by the rules of npm; `undefined` where it is right. */
export function problemOfName(name: string): string | undefined {
  if (name === '') return 'It is empty.';
  if (name.length > LONGEST_NAME) return `It has more than ${LONGEST_NAME} characters.`;
  if (!NAME.test(name)) {
    return 'It takes a-z, 0-9, and after the first character also - . and _; a scope may come before it, as in @scope/name.';
  }
  if (RESERVED.includes(name) || isBuiltin(name)) return 'The name is taken by Node or npm itself.';
  return undefined;
}

/** The name that a folder suggests: `./My Service` is `my-service`. */
export function nameOfFolder(folder: string): string {
  return basename(resolve(folder))
    .toLowerCase()
    .replace(/[^a-z0-9._-]+/g, '-')
    .replace(/^[^a-z0-9]+|-+$/g, '');
}

/** The name of a package in the forms that the parts of an app need it in. */
export interface NameForms {
  /** Without its scope, for logs and traces: `my-service`. */
  readonly service: string;
  /** For people: `My service`. */
  readonly title: string;
  /** As a name in SQL, of at most 63 bytes: `my_service`. */
  readonly database: string;
  /** For containers, which take no dots: `my-service`. */
  readonly container: string;
}

/** Derives the forms of a valid name. */
export function formsOf(name: string): NameForms {
  const service = name.replace(/^@[^/]*\//, '');
  const words = service.replace(/[._-]+/g, ' ').trim();
  return {
    service,
    title: words.charAt(0).toUpperCase() + words.slice(1),
    database: service.replace(/[.-]/g, '_').slice(0, LONGEST_IDENTIFIER),
    container: service.replace(/[._-]+/g, '-').replace(/-$/, ''),
  };
}
