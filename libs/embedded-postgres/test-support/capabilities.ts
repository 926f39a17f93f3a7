import { it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { canEnter, findUser, isRoot, type ServerUser } from '../src/run-as.js';

/** The ordinary user that tests become when they run as root; `undefined` when they are one already. */
export const nobody: ServerUser | undefined = isRoot()
  ? findUser(readFileSync('/etc/passwd', 'utf8'), ['nobody'])
  : undefined;

/** A test that only root can set up. */
export const asRoot = itWhere(isRoot() && nobody !== undefined, 'only root can set this up');

/** A test by an ordinary user, within whose reach Node and this package have to be. */
export const asOrdinaryUser = itWhere(
  !isRoot() || (nobody !== undefined && canEnter(nobody, import.meta.dirname)),
  'nobody cannot reach the repository',
);

type Test = (name: string, body: () => Promise<void> | void) => void;

function itWhere(capable: boolean, reason: string): Test {
  return capable ? it : (name, body) => it.skip(`${name} (${reason})`, body);
}
