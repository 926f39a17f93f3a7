import Table from 'cli-table3';

/** Prints the results for people: the settings, a table, and what was missed. */
export function printTable(results, settings) {
  console.log(settingLines(settings).join('\n'));
  const table = new Table({
    head: ['work', 'unit', 'Tidemark', 'reference', '', 'ratio', 'spread', 'goal', 'met'],
    colAligns: ['left', 'left', 'right', 'left', 'right', 'right', 'left', 'left', 'left'],
    style: { head: [], border: [] },
  });
  for (const line of results) table.push(cells(line));
  console.log(table.toString());
  console.log(verdict(results).join('\n'));
}

/** On what it was measured, a line each. */
export function settingLines({ node, packages, server, embedded, cores, cpu, memoryGiB, platform, poolSize }) {
  const { server_version: version, ...rest } = server;
  return [
    `PostgreSQL ${version}${embedded ? ' (embedded)' : ''}: ${pairs(rest)}`,
    `node ${node}, ${pairs(packages)}`,
    `${cores} cores (${cpu}), ${memoryGiB} GiB, ${platform}; ${poolSize} connections for each contestant`,
  ];
}

/** The cells of one line of the results, as text. */
export function cells({ work, unit, tidemark, reference, referenceName, ratio, spread, goal, met }) {
  const range = spread.ratio.map((number) => number.toFixed(2)).join('–');
  return [
    work,
    unit,
    figure(tidemark),
    referenceName,
    figure(reference),
    `${ratio.toFixed(2)}×`,
    range,
    goal ?? '',
    ok(met),
  ];
}

/** Where Tidemark misses a goal, and where it is behind a reference, in words. */
export function verdict(results) {
  const missed = results.filter(({ met }) => met === false);
  const behind = results.filter((line) => line.met !== false && line.goalOf !== 'tidemark' && isBehind(line));
  return [
    missed.length === 0 ? 'All goals of these rows are met.' : `Missed: ${missed.length}`,
    ...missed.map(told),
    ...(behind.length === 0 ? [] : ['Behind the reference, within the goal or without one:', ...behind.map(told)]),
  ];
}

/** In every round: where the spread holds both, there is no difference to tell. */
function isBehind({ better, spread: { ratio } }) {
  return better === 'higher' ? ratio[1] < 1 : ratio[0] > 1;
}

function told({ work, referenceName, ratio, goal }) {
  return `  ${work}: ${ratio.toFixed(2)}× of ${referenceName}${goal ? `, goal ${goal}` : ''}`;
}

function figure(number) {
  if (number === null) return '';
  return number >= 100 ? Math.round(number).toLocaleString('en-US') : String(Number(number.toPrecision(3)));
}

function ok(met) {
  return met === null ? '' : met ? 'yes' : 'NO';
}

function pairs(object) {
  return Object.entries(object)
    .map(([name, value]) => `${name} ${value}`)
    .join(', ');
}
