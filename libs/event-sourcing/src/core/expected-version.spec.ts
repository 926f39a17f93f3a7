import { describe, expect, it } from '@jest/globals';
import { InvalidArgumentError } from './errors.js';
import { assertExpectedVersion, type ExpectedVersion, MAX_VERSION, meetsExpectation } from './expected-version.js';

describe('expected version', () => {
  it('is a word or a whole number from 0, below the greatest version', () => {
    for (const expected of ['any', 'noStream', 'streamExists', 0, 1, MAX_VERSION - 1] as const) {
      expect(() => assertExpectedVersion(expected)).not.toThrow();
    }
    for (const wrong of [-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, MAX_VERSION, '0', 'Any', '', null, 1n, {}]) {
      expect(() => assertExpectedVersion(wrong as ExpectedVersion)).toThrow(InvalidArgumentError);
    }
  });

  it('names what was given', () => {
    expect(() => assertExpectedVersion(-7)).toThrow(/expectedVersion is -7; give 'any'/);
  });

  const met: [ExpectedVersion, versions: number[]][] = [
    ['any', [0, 1, 2, 3]],
    ['noStream', [0]],
    ['streamExists', [1, 2, 3]],
    [0, [0]],
    [1, [1]],
    [3, [3]],
  ];
  for (const [expected, versions] of met) {
    it(`${expected} is met by versions ${versions.join(', ')} of 0 to 3`, () => {
      expect([0, 1, 2, 3].filter((version) => meetsExpectation(expected, version))).toEqual(versions);
    });
  }
});
