import { globSync } from 'node:fs';

const GENERATED = ['node_modules', 'dist', 'coverage', '.data', '.git'];

/** Every file of the repository that is written by hand (or locked), with `/` between its folders. */
export function repositoryFiles(pattern = '**') {
  const exclude = (entry) => GENERATED.includes(entry.name);
  return globSync([pattern, `.*/${pattern}`], { exclude, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => `${entry.parentPath}/${entry.name}`.replaceAll('\\', '/'))
    .map((file) => file.replace(`${process.cwd().replaceAll('\\', '/')}/`, '').replace(/^\.\//, ''))
    .filter((file) => !file.startsWith('libs/event-sourcing/migrations/'))
    .sort();
}
