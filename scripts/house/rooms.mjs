import { basename, dirname } from 'node:path';
import { repositoryFiles } from './repository-files.mjs';

/** A room aims at fifteen files beside its door and its specs; here it ends. */
const MOST_FILES = 18;
const FORBIDDEN_FOLDERS = ['utils', 'util', 'helpers', 'helper', 'common', 'interfaces', 'shared', 'misc'];
const FORBIDDEN_FILES = /^(utils?|helpers?|common|interfaces?|types|misc|shared|constants)\.(ts|mjs)$/;

/** A folder with more files than a head holds is two rooms. `in-memory/`, `postgres/` and the like count by themselves. */
export function roomsAreSmall() {
  const files = repositoryFiles('libs/*/src/**/*.ts').filter((file) => !/(\.spec|(^|\/)index)\.ts$/.test(file));
  const rooms = Map.groupBy(files, (file) => dirname(file));
  return [...rooms]
    .filter(([, members]) => members.length > MOST_FILES)
    .map(([room, members]) => `${room} has ${members.length} files, a room ends at ${MOST_FILES}: make it two.`);
}

/** A thing lives beside what uses it, under the name of what it does. */
export function namesSaySomething() {
  return repositoryFiles('{libs,apps,test,scripts}/**').flatMap((file) => {
    const folder = file
      .split('/')
      .slice(0, -1)
      .find((name) => FORBIDDEN_FOLDERS.includes(name));
    if (folder !== undefined) return [`${file}: a folder '${folder}' says nothing; put the file beside what uses it.`];
    return FORBIDDEN_FILES.test(basename(file)) ? [`${file}: the name says nothing; put it beside what uses it.`] : [];
  });
}
