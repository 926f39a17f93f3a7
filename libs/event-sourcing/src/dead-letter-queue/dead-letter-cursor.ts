import { InvalidArgumentError } from '../core/index.js';

/** The cursor after a letter, for stores: letters come newest first, and their ids ascend with time. */
export function cursorAfter(deadLetterId: string): string {
  return Buffer.from(deadLetterId.replaceAll('-', ''), 'hex').toString('base64url');
}

/** The id of the letter that a cursor stands after. Throws {@link InvalidArgumentError} for what is no cursor. */
export function idOfCursor(cursor: string): string {
  const hex = Buffer.from(cursor, 'base64url').toString('hex');
  const id = hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
  if (id.length === 36 && cursorAfter(id) === cursor) return id;
  throw new InvalidArgumentError('cursor', `'${cursor}' is no cursor; pass the 'nextCursor' of the page before.`);
}
