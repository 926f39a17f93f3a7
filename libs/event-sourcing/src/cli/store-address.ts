import { CommandError } from './errors.js';
import { EXIT } from './exit-code.js';

/** Which store a command works on. Everything but `url` and `secrets` may be shown. */
export interface StoreAddress {
  /** With the password. */
  readonly url: string;
  /** Host and port. */
  readonly host: string;
  readonly database: string;
  readonly user: string;
  readonly schema: string;
  /** What no output may hold. */
  readonly secrets: readonly string[];
}

/** Where no database has been named; for what is said before one is. */
export const NOWHERE: StoreAddress = { url: '', host: '', database: '', user: '', schema: '', secrets: [] };

/** Reads the URL of a database. Throws {@link CommandError}, whose message never repeats what was given. */
export function storeAddressOf(url: string | undefined, schema: string): StoreAddress {
  if (url === undefined || url.trim() === '') {
    throw new CommandError(EXIT.wrongUse, 'No database is named. Set DATABASE_URL, or give --database-url.');
  }
  const parsed = parse(url.trim());
  if (parsed === undefined || !/^postgres(ql)?:$/.test(parsed.protocol)) {
    throw new CommandError(
      EXIT.wrongUse,
      'The address of the database is no URL such as postgres://user:password@host:5432/database.',
    );
  }
  const user = decoded(parsed.username) || 'the current user';
  const database = decoded(parsed.pathname.slice(1)) || user;
  const passwords = [parsed.password, decoded(parsed.password), parsed.searchParams.get('password') ?? ''];
  const secrets = [...new Set(passwords)].filter((secret) => secret !== '');
  return { url: parsed.href, host: parsed.host || 'localhost', database, user, schema, secrets };
}

/** The text without what must not be shown. */
export function withoutSecrets(text: string, secrets: readonly string[]): string {
  return secrets.reduce((shown, secret) => shown.replaceAll(secret, '***'), text);
}

function parse(url: string): URL | undefined {
  return URL.canParse(url) ? new URL(url) : undefined;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
