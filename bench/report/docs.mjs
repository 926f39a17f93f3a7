import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import prettier from 'prettier';
import { plotsOf } from './plots.mjs';
import { cells, settingLines, verdict } from './table.mjs';

const DOCS = new URL('../../docs/', import.meta.url);
const PAGE = new URL('benchmarks.md', DOCS);
const FOLDER = new URL('benchmarks/', DOCS);
const [BEGIN, END] = ['<!-- results: begin -->', '<!-- results: end -->'];
const HEAD = ['work', 'unit', 'Tidemark', 'reference', 'its figure', 'ratio', 'spread', 'goal', 'met'];

/** Writes the results of a run into docs/benchmarks.md, and its plots and its JSON beside it. */
export async function writeDocs(results, settings) {
  const page = readFileSync(PAGE, 'utf8');
  mkdirSync(FOLDER, { recursive: true });
  const json = JSON.stringify({ settings, results });
  writeFileSync(new URL('results.json', FOLDER), await formatted(json, 'json'));
  for (const [file, svg] of Object.entries(plotsOf(results))) writeFileSync(new URL(file, FOLDER), svg);
  writeFileSync(PAGE, await formatted(withResults(page, results, settings), 'markdown'));
}

/** The page with the results between its marks. */
export function withResults(page, results, settings) {
  const [from, to] = [page.indexOf(BEGIN), page.indexOf(END)];
  if (from < 0 || to < from) throw new Error(`docs/benchmarks.md has no place for results: '${BEGIN}' and '${END}'.`);
  return `${page.slice(0, from)}${BEGIN}\n\n${section(results, settings)}\n\n${page.slice(to)}`;
}

function section(results, settings) {
  const rows = results.map((line) => `| ${cells(line).join(' | ')} |`);
  const table = [`| ${HEAD.join(' | ')} |`, `|${HEAD.map(() => '---').join('|')}|`, ...rows];
  const plots = Object.keys(plotsOf(results)).map((file) => `![${file.replace('.svg', '')}](benchmarks/${file})`);
  const words = verdict(results).map((line) => (line.startsWith('  ') ? `- ${line.trim()}` : `\n${line}\n`));
  const blocks = [settingLines(settings).map((line) => `- ${line}`), table, plots, words];
  return blocks.map((lines) => lines.join('\n')).join('\n\n');
}

async function formatted(text, parser) {
  const options = await prettier.resolveConfig(fileURLToPath(PAGE));
  return prettier.format(text, { ...options, parser });
}
