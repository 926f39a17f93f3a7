import { InvalidArgumentError } from '../../core/index.js';

/** A span of time; its parts add up. */
export interface TimeSpan {
  readonly days?: number;
  readonly hours?: number;
  readonly minutes?: number;
  readonly seconds?: number;
  readonly milliseconds?: number;
}

/** How many milliseconds each part of a {@link TimeSpan} has. */
const MILLISECONDS_PER: Readonly<Record<keyof TimeSpan, number>> = {
  days: 86_400_000,
  hours: 3_600_000,
  minutes: 60_000,
  seconds: 1_000,
  milliseconds: 1,
};

/**
 * A clock that stands still until it is told to go on. It gives times and moves no timer: retries, time-outs and leases go by
 * the real one.
 */
export class FakeClock {
  private ms: number;

  /** @param start as a `Date`, or as text that `Date` reads. */
  constructor(start: Date | string = '2026-01-01T00:00:00.000Z') {
    this.ms = millisecondsOf(start);
  }

  /** The time, a new `Date` each time. Bound: hand it over where a function that tells the time is asked for. */
  readonly now = (): Date => new Date(this.ms);

  /** Puts the clock to a time, an earlier one too. */
  set(time: Date | string): void {
    this.ms = millisecondsOf(time);
  }

  /** Lets time go by, and gives the time that it is then. */
  advance(span: TimeSpan): Date {
    const sum = Object.entries(span).reduce((total, [unit, count]: [string, number | undefined]) => {
      if (!Object.hasOwn(MILLISECONDS_PER, unit)) {
        throw new InvalidArgumentError('span', `A clock is not advanced by '${unit}'; give ${UNITS.join(', ')}.`);
      }
      return total + (count ?? 0) * MILLISECONDS_PER[unit as keyof TimeSpan];
    }, 0);
    this.ms = millisecondsOf(new Date(this.ms + sum));
    return this.now();
  }
}

const UNITS = Object.keys(MILLISECONDS_PER);

function millisecondsOf(time: Date | string): number {
  const ms = new Date(time).getTime();
  if (!Number.isNaN(ms)) return ms;
  throw new InvalidArgumentError('time', `'${String(time)}' is no time that a Date can hold.`);
}
