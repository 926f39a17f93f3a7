import { shortNumber } from '../sizes.mjs';
import { linePlot } from './line-plot.mjs';

/** The plots of a run, by file name; those whose rows the run has. */
export function plotsOf(results) {
  const plots = {
    'throughput-by-concurrency.svg': throughputByConcurrency(results),
    'cost-by-history-size.svg': costByHistorySize(results),
  };
  return Object.fromEntries(Object.entries(plots).filter(([, svg]) => svg !== undefined));
}

function throughputByConcurrency(results) {
  const lines = results.filter(({ name }) => name.startsWith('append-1/'));
  if (lines.length === 0) return undefined;
  const point = ({ detail }, figure) => [detail.inFlight, figure];
  const own = new Map(lines.map((line) => point(line, line.tidemark)));
  const references = Map.groupBy(lines, ({ referenceName }) => referenceName);
  const series = [...references]
    // One point is no line.
    .filter(([, of]) => of.length === own.size)
    .map(([name, of]) => ({ name, points: of.map((line) => point(line, line.reference)) }));
  return linePlot({
    title: 'Appends of one event',
    xLabel: 'appends under way at the same time',
    yLabel: 'events per second',
    series: [{ name: 'Tidemark', points: [...own] }, ...series],
    tick: shortNumber,
  });
}

const COSTS = { append: 'append', read: 'read a stream of 10', page: 'read a feed page of 500' };

function costByHistorySize(results) {
  const series = Object.entries(COSTS).flatMap(([part, name]) => {
    const lines = results.filter((line) => line.name.startsWith(`growth/${part}-`));
    if (lines.length === 0) return [];
    const points = lines.map(({ detail, tidemark }) => [detail.events, tidemark]);
    const [{ detail, reference }] = lines;
    return [{ name, points: [[detail.referenceEvents, reference], ...points] }];
  });
  if (series.length === 0) return undefined;
  return linePlot({
    title: 'Cost by the length of the history',
    xLabel: 'events in the store',
    yLabel: 'microseconds, logarithmic',
    series,
    logarithmic: true,
    tick: shortNumber,
  });
}
