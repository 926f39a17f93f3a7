const BOOLEAN = 16;
const BIGINT = 20;
const SMALLINT = 21;
const INTEGER = 23;
const FLOAT8 = 701;
const TIMESTAMPTZ = 1184;

const PARSERS: Readonly<Record<number, (text: string) => unknown>> = {
  [BOOLEAN]: (text) => text === 't',
  [BIGINT]: (text) => BigInt(text),
  [SMALLINT]: Number,
  [INTEGER]: Number,
  [FLOAT8]: Number,
  [TIMESTAMPTZ]: parseTimestamp,
};

/**
 * How the columns of our own statements become values: bigint as BigInt, timestamps as Date, all else as text. Given with
 * each statement, so that parsers that the app sets on `pg` for itself change nothing here.
 */
export const COLUMN_TYPES = Object.freeze({
  getTypeParser: (oid: number) => PARSERS[oid] ?? ((text: string) => text),
});

// `2026-11-21 10:25:20.776916+05:30`. The offset has minutes where they are not zero, and seconds where the zone kept local
// mean time; years have more digits after 9999 and BC behind them before 1.
const TIMESTAMP =
  /^(\d+)-(\d\d)-(\d\d) (\d\d):(\d\d):(\d\d)(?:\.(\d{1,6}))?([+-])(\d\d)(?::(\d\d))?(?::(\d\d))?( BC)?$/;

function parseTimestamp(text: string): Date {
  return new Date(plainTimestamp(text) ?? anyTimestamp(text));
}

// Nearly all are of a session in UTC and of years with four digits: `2026-11-21 10:25:20.776916+00`.
const SHORTEST = 'YYYY-MM-DD hh:mm:ss+00'.length;

function plainTimestamp(text: string): number | undefined {
  if (text.length < SHORTEST || text[4] !== '-' || text[0] === '0' || !text.endsWith('+00')) return undefined;
  const fraction = text[19] === '.' ? text.slice(20, Math.min(23, text.length - 3)) : '';
  return Date.UTC(
    twoDigits(text, 0) * 100 + twoDigits(text, 2),
    twoDigits(text, 5) - 1,
    twoDigits(text, 8),
    twoDigits(text, 11),
    twoDigits(text, 14),
    twoDigits(text, 17),
    Number(fraction.padEnd(3, '0')),
  );
}

function twoDigits(text: string, at: number): number {
  return text.charCodeAt(at) * 10 + text.charCodeAt(at + 1) - 11 * 0x30;
}

function anyTimestamp(text: string): number {
  const match = TIMESTAMP.exec(text);
  if (match === null) {
    throw new Error(`'${text}' is no timestamp in the form of DateStyle ISO, which Tidemark needs of its connections`);
  }
  const [, year, month, day, hours, minutes, seconds, fraction = '', sign, ...offset] = match;
  const [offsetHours, offsetMinutes = '0', offsetSeconds = '0', era] = offset;
  const offsetInSeconds = Number(offsetHours) * 3600 + Number(offsetMinutes) * 60 + Number(offsetSeconds);
  const date = new Date(0);
  date.setUTCFullYear(era === undefined ? Number(year) : 1 - Number(year), Number(month) - 1, Number(day));
  const secondsInUtc = Number(seconds) + (sign === '-' ? offsetInSeconds : -offsetInSeconds);
  return date.setUTCHours(Number(hours), Number(minutes), secondsInUtc, Number(fraction.padEnd(3, '0').slice(0, 3)));
}
