/** The text on one line and without what would steer the terminal. */
export function plain(text: string): string {
  // eslint-disable-next-line no-control-regex -- these are the ones to take out
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g, ' ');
}

/** The text in at most `width` characters, with `…` for what is left out: at the end, or in the middle, where both ends tell. */
export function shortened(text: string, width: number, where: 'end' | 'middle' = 'end'): string {
  const characters = [...text];
  if (characters.length <= width) return text;
  if (width <= 1) return '…';
  const tail = where === 'end' ? 0 : Math.floor((width - 1) / 2);
  const head = width - 1 - tail;
  return `${characters.slice(0, head).join('')}…${tail === 0 ? '' : characters.slice(-tail).join('')}`;
}

/** Lines of at most `width` characters, broken between words where that is possible. */
export function wrapped(text: string, width: number): readonly string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line];
}

const UNITS = [
  { name: 'd', seconds: 86_400 },
  { name: 'h', seconds: 3_600 },
  { name: 'min', seconds: 60 },
] as const;

/** A span of time in its greatest unit, such as `3 d`, `12 min` or `4 s`. */
export function spanOf(seconds: number): string {
  const unit = UNITS.find((one) => seconds >= one.seconds);
  return unit === undefined ? `${Math.round(seconds)} s` : `${Math.floor(seconds / unit.seconds)} ${unit.name}`;
}

/** A time as people and machines read it alike, to the second and in UTC. */
export function timeOf(date: Date): string {
  return date
    .toISOString()
    .replace('T', ' ')
    .replace(/\.\d+Z$/, 'Z');
}

/** `1 letter`, `2 letters`. */
export function counted(count: number | bigint, one: string, many = `${one}s`): string {
  return `${count} ${BigInt(count) === 1n ? one : many}`;
}

/** One JSON document; big integers, which JSON's numbers cannot hold, as strings. */
export function jsonOf(value: unknown, indent?: number): string {
  const asText = (_key: string, one: unknown): unknown => (typeof one === 'bigint' ? String(one) : one);
  return JSON.stringify(value, asText, indent);
}
