import { globSync } from 'node:fs';

const GENERATED = ['node_modules', 'dist', 'coverage', '.data', '.git'];
/** What builds put together of other files of the repository. */
const ASSEMBLED = ['libs/event-sourcing/migrations/', 'libs/create-tidemark/template/'];

/** Every file of the repository that is written by hand (or locked), with `/` between its folders. */
export function repositoryFiles(pattern = '**') {
  const exclude = (entry) => GENERATED.includes(entry.name);
  return globSync([pattern, `.*/${pattern}`], { exclude, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => `${entry.parentPath}/${entry.name}`.replaceAll('\\', '/'))
    .map((file) => file.replace(`${process.cwd().replaceAll('\\', '/')}/`, '').replace(/^\.\//, ''))
    .filter((file) => !ASSEMBLED.some((folder) => file.startsWith(folder)))
    .sort();
}
