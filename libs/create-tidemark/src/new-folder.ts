import { existsSync, lstatSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { CreateError } from './errors.js';
import type { PlannedFile } from './template.js';

/** Refuses a folder that has something in it, or a file in its place. */
export function assertFree(folder: string): void {
  try {
    const entry = lstatSync(folder, { throwIfNoEntry: false });
    if (entry === undefined || (entry.isDirectory() && readdirSync(folder).length === 0)) return;
    const what = entry.isDirectory() ? 'is not empty. Choose another name, or empty it.' : 'exists and is no folder.';
    throw new CreateError('FOLDER_NOT_EMPTY', `${folder} ${what}`);
  } catch (error) {
    throw error instanceof CreateError ? error : notWritable(folder, error);
  }
}

/**
 * Writes the files into a new or empty folder: all of them or none. They are written beside it under another name, and moved when
 * they are complete; all in one turn, so that no signal comes in between.
 */
export function writeApp(folder: string, files: readonly PlannedFile[]): void {
  const parent = dirname(folder);
  let madeParent: string | undefined;
  let draft: string | undefined;
  try {
    assertFree(folder);
    madeParent = makeFolder(parent);
    draft = mkdtempSync(join(parent, `.${basename(folder)}-`));
    const made = join(draft, 'app');
    for (const { path, text } of files) {
      const file = join(made, path);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, text);
    }
    moveTo(folder, made);
  } catch (error) {
    if (madeParent !== undefined) rmSync(madeParent, { recursive: true, force: true });
    throw error instanceof CreateError ? error : notWritable(folder, error);
  } finally {
    if (draft !== undefined) rmSync(draft, { recursive: true, force: true });
  }
}

/** Makes a folder and those above it, and tells the topmost that is new; one by one, for on some file systems Node's own way never ends. */
function makeFolder(folder: string): string | undefined {
  if (existsSync(folder)) return undefined;
  const above = makeFolder(dirname(folder));
  mkdirSync(folder);
  return above ?? folder;
}

/** An empty folder that is there already stays the same one: a terminal may stand in it. */
function moveTo(folder: string, made: string): void {
  if (lstatSync(folder, { throwIfNoEntry: false }) === undefined) return renameSync(made, folder);
  const moved: string[] = [];
  try {
    for (const name of readdirSync(made)) {
      renameSync(join(made, name), join(folder, name));
      moved.push(name);
    }
  } catch (error) {
    for (const name of moved) rmSync(join(folder, name), { recursive: true, force: true });
    throw error;
  }
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'nothing can be made there',
  EACCES: 'there is no permission',
  EPERM: 'there is no permission',
  EROFS: 'the disk is read-only',
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk quota is used up',
  ENOTDIR: 'a part of the path is a file',
  EEXIST: 'a part of the path is a file',
  ENAMETOOLONG: 'the name is too long',
};

function notWritable(folder: string, cause: unknown): CreateError {
  const { code = '', message } = cause as NodeJS.ErrnoException;
  return new CreateError('NOT_WRITABLE', `${folder} cannot be made: ${REASONS[code] ?? message}.`, { cause });
}
