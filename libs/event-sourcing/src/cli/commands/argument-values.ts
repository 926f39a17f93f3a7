import { InvalidArgumentError, Option } from 'commander';

/** A whole number from `least`, as `Option.argParser` takes it. */
export function wholeNumber(least: number): (text: string) => number {
  return (text) => {
    if (/^\d{1,9}$/.test(text) && Number(text) >= least) return Number(text);
    throw new InvalidArgumentError(`Give a whole number from ${least}.`);
  };
}

/** A global position. */
export function position(text: string): bigint {
  if (/^\d{1,19}$/.test(text)) return BigInt(text);
  throw new InvalidArgumentError('Give a position, a whole number from 0.');
}

/** Gathers the values of an option that may be given several times, or with commas in between. */
export function several(text: string, before: readonly string[] | undefined): readonly string[] {
  return [...(before ?? []), ...text.split(',').filter((one) => one !== '')];
}

const SPAN_SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3_600, d: 86_400 };

/** A time: a date, or a span before now such as `30d`. */
export function pastTime(text: string): Date {
  const [, count, unit = ''] = /^(\d{1,6})([smhd])$/.exec(text) ?? [];
  const seconds = SPAN_SECONDS[unit];
  const date =
    seconds === undefined
      ? new Date(/^\d{4}-\d\d-\d\d/.test(text) ? text : NaN)
      : new Date(Date.now() - Number(count) * seconds * 1_000);
  if (!Number.isNaN(date.getTime())) return date;
  throw new InvalidArgumentError('Give a span such as 30d, 12h, 90m, or a date such as 2026-01-31.');
}

/** `--yes`, for commands that ask before they destroy or move something. */
export function yesOption(): Option {
  return new Option('-y, --yes', 'do not ask for confirmation');
}
