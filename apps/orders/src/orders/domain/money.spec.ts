import { describe, expect, it } from '@jest/globals';
import { fromCents, hasWholeCents, toCents } from './money.js';

describe('money', () => {
  it.each([0, 1, 9.5, 0.01, 0.07, 0.29, 1.005e2, 4.35, 1.1, 8.2, 1_000_000, 999_999.99])(
    'takes %d as it is',
    (amount) => {
      expect(hasWholeCents(amount)).toBe(true);
      expect(fromCents(toCents(amount))).toBe(amount);
    },
  );

  it.each([0.001, 9.999, 1.005, 0.1 + 0.2, 1 / 3, 999_999.999])('finds more than two places in %d', (amount) => {
    expect(hasWholeCents(amount)).toBe(false);
  });

  it('keeps every amount up to 1,000.00 through cents and back', () => {
    const all = Array.from({ length: 100_001 }, (_, cents) => cents);
    const written = (cents: number): number =>
      Number(`${Math.floor(cents / 100)}.${String(cents % 100).padStart(2, '0')}`);
    expect(all.filter((cents) => !hasWholeCents(written(cents)))).toEqual([]);
    expect(all.filter((cents) => toCents(written(cents)) !== cents)).toEqual([]);
    expect(all.filter((cents) => fromCents(cents) !== written(cents))).toEqual([]);
  });

  it('adds without the error of floating point numbers', () => {
    expect(0.1 + 0.2).not.toBe(0.3);
    expect(fromCents(toCents(0.1) + toCents(0.2))).toBe(0.3);
  });
});
