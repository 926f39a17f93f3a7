import type { Rule } from '@angular-devkit/schematics';
import { extname, join } from 'node:path';

const FORMATTED = new Set(['.ts', '.json']);

/** Formats what was written by the Prettier of the app and its settings; leaves it as it is where the app has none. */
export function format(): Rule {
  return async (tree) => {
    const prettier = await import('prettier').catch(() => undefined);
    if (prettier === undefined) return;
    const written = tree.actions.filter(({ kind, path }) => kind !== 'd' && FORMATTED.has(extname(path)));
    for (const { path } of written) {
      // Paths of a tree begin at the folder of the app.
      const filepath = join(process.cwd(), path);
      const settings = await prettier.resolveConfig(filepath, { editorconfig: true });
      const text = tree.readText(path);
      const formatted = await prettier.format(text, { ...settings, filepath });
      if (formatted !== text) tree.overwrite(path, formatted);
    }
  };
}
