const WIDTH = 760;
const HEIGHT = 420;
const MARGIN = { left: 80, right: 210, top: 48, bottom: 56 };
const COLOURS = ['#0b6e99', '#b3541e', '#4b7f2b', '#7a4b9d', '#8a8a8a', '#c0392b'];

/**
 * A line plot as SVG text. The x axis is logarithmic, so is the y axis where `logarithmic` says so, else it begins at 0.
 *
 * @param series `[{ name, points: [[x, y], ...] }]`, points in the order of x
 */
export function linePlot({ title, xLabel, yLabel, series, logarithmic = false, tick = String }) {
  const xs = [...new Set(series.flatMap(({ points }) => points.map(([x]) => x)))].sort((a, b) => a - b);
  const ys = series.flatMap(({ points }) => points.map(([, y]) => y));
  const yTicks = logarithmic ? powersAround(ys) : stepsTo(Math.max(...ys));
  const toX = scale(xs.map(Math.log), [MARGIN.left, WIDTH - MARGIN.right]);
  const raise = logarithmic ? Math.log : (y) => y;
  const toY = scale(yTicks.map(raise), [HEIGHT - MARGIN.bottom, MARGIN.top]);
  const place = { x: (x) => round(toX(Math.log(x))), y: (y) => round(toY(raise(y))) };
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="sans-serif" font-size="12">`,
    `<title>${escaped(title)}</title>`,
    `<rect width="${WIDTH}" height="${HEIGHT}" fill="#ffffff"/>`,
    text(MARGIN.left, 26, title, 'font-size="15" font-weight="bold"'),
    ...yTicks.flatMap((y) => horizontal(place.y(y), tick(y))),
    ...xs.map((x) => text(place.x(x), HEIGHT - MARGIN.bottom + 20, tick(x), 'text-anchor="middle"')),
    text((MARGIN.left + WIDTH - MARGIN.right) / 2, HEIGHT - 12, xLabel, 'text-anchor="middle"'),
    text(MARGIN.left, MARGIN.top - 6, yLabel, 'fill="#555555"'),
    ...series.flatMap((one, index) => drawn(one, index, place)),
    '</svg>',
    '',
  ].join('\n');
}

function drawn({ name, points }, index, place) {
  const colour = COLOURS[index % COLOURS.length];
  const at = points.map(([x, y]) => [place.x(x), place.y(y)]);
  const legendY = MARGIN.top + 12 + index * 22;
  const legendX = WIDTH - MARGIN.right + 16;
  return [
    `<polyline points="${at.map((point) => point.join(',')).join(' ')}" fill="none" stroke="${colour}" stroke-width="2"/>`,
    ...at.map(([x, y]) => `<circle cx="${x}" cy="${y}" r="3.5" fill="${colour}"/>`),
    `<rect x="${legendX}" y="${legendY - 9}" width="12" height="12" fill="${colour}"/>`,
    text(legendX + 18, legendY + 1, name),
  ];
}

function horizontal(y, label) {
  return [
    `<line x1="${MARGIN.left}" x2="${WIDTH - MARGIN.right}" y1="${y}" y2="${y}" stroke="#dddddd"/>`,
    text(MARGIN.left - 8, y + 4, label, 'text-anchor="end"'),
  ];
}

function text(x, y, content, attributes = '') {
  return `<text x="${x}" y="${y}"${attributes && ` ${attributes}`}>${escaped(content)}</text>`;
}

/** From the least and the greatest of the values to the range. */
function scale(values, [from, to]) {
  const [least, most] = [Math.min(...values), Math.max(...values)];
  return (value) => from + ((value - least) / (most - least || 1)) * (to - from);
}

/** 0 and round steps up to at least the number. */
function stepsTo(most) {
  const rough = most / 5;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((one) => one >= rough);
  return Array.from({ length: Math.ceil(most / step) + 1 }, (_, index) => index * step);
}

/** The powers of ten from below the least to above the greatest. */
function powersAround(values) {
  const from = Math.floor(Math.log10(Math.min(...values)));
  const to = Math.ceil(Math.log10(Math.max(...values)));
  return Array.from({ length: Math.max(to, from + 1) - from + 1 }, (_, index) => 10 ** (from + index));
}

function round(number) {
  return Math.round(number * 10) / 10;
}

function escaped(content) {
  return content.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
