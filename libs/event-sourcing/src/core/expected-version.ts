import { InvalidArgumentError } from './errors.js';

/**
 * What an append demands of the stream's version before it writes: `any` never conflicts, `noStream` wants an absent
 * stream, `streamExists` one with at least one event, a number exactly that version (0 is the same as `noStream`).
 */
export type ExpectedVersion = 'any' | 'noStream' | 'streamExists' | number;

/** The greatest version that a stream can have. */
export const MAX_VERSION = 2_147_483_647;

/** Refuses what is no expected version, naming what was given. */
export function assertExpectedVersion(expected: ExpectedVersion): void {
  if (expected === 'any' || expected === 'noStream' || expected === 'streamExists') return;
  if (Number.isInteger(expected) && expected >= 0 && expected < MAX_VERSION) return;
  throw new InvalidArgumentError(
    'expectedVersion',
    `expectedVersion is ${String(expected)}; give 'any', 'noStream', 'streamExists' or a whole number from 0.`,
  );
}

/** Whether a stream that is at `version` meets what the append expects. */
export function meetsExpectation(expected: ExpectedVersion, version: number): boolean {
  switch (expected) {
    case 'any':
      return true;
    case 'noStream':
      return version === 0;
    case 'streamExists':
      return version > 0;
    default:
      return version === expected;
  }
}
