import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { repositoryFiles } from './repository-files.mjs';

const HOMES = ['work', 'home', 'root', 'Users'];
const IN_DOCS = new RegExp(`(?<![\\w.~})>-])/(${[...HOMES, 'tmp'].join('|')})/`);
const IN_CODE = new RegExp(`(?<![\\w.~})>-])/(${HOMES.join('|')})/`);

/** Relative links of every page lead to a file, and their anchors to a heading. */
export function linksResolve() {
  return repositoryFiles('**/*.md').flatMap((page) => {
    const text = withoutCode(readFileSync(page, 'utf8'));
    const targets = [...text.matchAll(/\]\(<?([^)\s>]+)>?(?:\s+"[^"]*")?\)/g)].map(([, target]) => target);
    return targets.filter((target) => !/^[a-z][a-z+.-]*:/i.test(target)).flatMap((target) => brokenLink(page, target));
  });
}

function brokenLink(page, target) {
  const [path, anchor] = decodeURIComponent(target).split('#');
  const file = path === '' ? page : normalize(path.startsWith('/') ? path.slice(1) : join(dirname(page), path));
  if (!existsSync(file)) return [`${page}: the link '${target}' leads nowhere.`];
  if (anchor === undefined || !file.endsWith('.md') || headingsOf(file).has(anchor)) return [];
  return [`${page}: the link '${target}' names a heading that ${file} does not have.`];
}

/** The anchors of a page's headings, made as code hosts make them. */
function headingsOf(file) {
  const anchors = new Set();
  for (const [, heading] of withoutFences(readFileSync(file, 'utf8')).matchAll(/^#{1,6}\s+(.+?)\s*#*$/gm)) {
    const plain = heading.replace(/\[([^\]]*)\]\([^)]*\)/g, '$1').toLowerCase();
    const base = plain.replace(/[^\p{L}\p{N}\s_-]/gu, '').replace(/\s/g, '-');
    let anchor = base;
    for (let n = 1; anchors.has(anchor); n++) anchor = `${base}-${n}`;
    anchors.add(anchor);
  }
  return anchors;
}

/** What is written here holds on every machine. */
export function noMachinePaths() {
  const docs = repositoryFiles('**/*.md').flatMap((file) => linesWith(file, IN_DOCS));
  const code = repositoryFiles('{libs,apps,test,scripts,migrations,.ci}/**')
    .filter((file) => /\.(ts|mjs|js|json|sql|sh|ya?ml)$|^\.ci\//.test(file))
    .flatMap((file) => linesWith(file, IN_CODE));
  return [...docs, ...code].map((place) => `${place} is a path of one machine.`);
}

function linesWith(file, pattern) {
  const lines = readFileSync(file, 'utf8').split('\n');
  return lines.flatMap((line, index) => {
    const found = pattern.exec(line);
    return found === null ? [] : [`${file}:${index + 1}: '${found[0]}'`];
  });
}

function withoutFences(markdown) {
  return markdown.replace(/^(```|~~~)[\s\S]*?^\1/gm, '');
}

function withoutCode(markdown) {
  return withoutFences(markdown).replace(/`[^`\n]*`/g, '');
}
