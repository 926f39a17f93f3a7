import { normalize, strings, virtualFs } from '@angular-devkit/core';
import { NodeJsSyncHost } from '@angular-devkit/core/node';
import {
  apply,
  applyTemplates,
  filter,
  forEach,
  HostCreateTree,
  mergeWith,
  move,
  type Rule,
} from '@angular-devkit/schematics';
import type { Feature } from './feature.js';
import type { GeneratorOptions } from './generator.options.js';

/** How {@link filesFrom} writes. */
export interface FilesOptions {
  /** Folder in the app. */
  readonly to: string;
  /** What the templates speak of, beside the functions for names such as `classify`. */
  readonly values: object;
  /** Whether specs are left out. @default false */
  readonly withoutSpecs?: boolean;
}

/** Writes the templates of a folder into the app; a file that is there already stays as it is. */
export function filesFrom(templates: string, { to, values, withoutSpecs = false }: FilesOptions): Rule {
  return (tree) => {
    // By the file system, so that it is the same when the sources run as when the build does.
    const source = new HostCreateTree(new virtualFs.ScopedHost(new NodeJsSyncHost(), normalize(templates)));
    return mergeWith(
      apply(
        () => source,
        [
          filter((path) => !withoutSpecs || !path.includes('__specFileSuffix__')),
          applyTemplates({ ...strings, words, ...values }),
          move(to),
          forEach((file) => (tree.exists(file.path) ? null : file)),
        ],
      ),
    );
  };
}

/** Writes the templates of a generator into its feature. */
export function generated(
  templates: string,
  feature: Feature,
  { spec = true, specFileSuffix = 'spec' }: GeneratorOptions,
  values: object = {},
): Rule {
  return filesFrom(templates, {
    to: feature.folder,
    values: { ...feature, specFileSuffix, ...values },
    withoutSpecs: !spec,
  });
}

function words(name: string): string {
  return name.replaceAll('-', ' ');
}
