import { normalize, strings, virtualFs } from '@angular-devkit/core';
import { NodeJsSyncHost } from '@angular-devkit/core/node';
import { apply, applyTemplates, forEach, HostCreateTree, mergeWith, move, type Rule } from '@angular-devkit/schematics';

/** How {@link filesFrom} writes. */
export interface FilesOptions {
  /** Folder in the app. */
  readonly to: string;
  /** What the templates speak of, beside the functions for names such as `dasherize`. */
  readonly values: object;
}

/** Writes the templates of a folder into the app; a file that is there already stays as it is. */
export function filesFrom(folder: string, { to, values }: FilesOptions): Rule {
  return (tree) => {
    // By the file system, so that it is the same when the sources run as when the build does.
    const source = new HostCreateTree(new virtualFs.ScopedHost(new NodeJsSyncHost(), normalize(folder)));
    return mergeWith(
      apply(() => source, [
        applyTemplates({ ...strings, ...values }),
        move(to),
        forEach((file) => (tree.exists(file.path) ? null : file)),
      ]),
    );
  };
}
