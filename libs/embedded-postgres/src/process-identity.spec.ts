import { describe, expect, it } from '@jest/globals';
import { parseStat } from './process-identity.js';

describe('parseStat', () => {
  it('finds state and start tick behind a command with spaces and parentheses', () => {
    const line = '4242 (my (odd) name) Z 1 4242 4242 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 987654 9 10 11';
    expect(parseStat(line)).toEqual({ state: 'Z', startTick: '987654' });
  });
});
