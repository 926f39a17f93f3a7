import { describe, expect, it } from '@jest/globals';
import { poolSizeOf, type PoolVariables } from './pool-size.js';

function reading(given: PoolVariables): { size: number; problems: string[] } {
  const problems: string[] = [];
  return { size: poolSizeOf(given, problems), problems };
}

describe('poolSizeOf', () => {
  it.each<[PoolVariables, number]>([
    [{}, 10],
    [{ DATABASE_POOL_SIZE: 4 }, 4],
    [{ MAX_DB_CONNECTIONS: 100 }, 89],
    [{ MAX_DB_CONNECTIONS: 100, INSTANCE_COUNT: 3 }, 29],
    [{ MAX_DB_CONNECTIONS: 100, INSTANCE_COUNT: 7 }, 11],
    [{ MAX_DB_CONNECTIONS: 100, INSTANCE_COUNT: 30 }, 2],
    [{ MAX_DB_CONNECTIONS: 100, INSTANCE_COUNT: 3, DATABASE_POOL_SIZE: 29 }, 29],
  ])('makes of %j a pool of %d', (given, size) => {
    expect(reading(given)).toEqual({ size, problems: [] });
  });

  it('leaves a tenth of all connections, those beside the pools counted', () => {
    for (let most = 10; most <= 500; most += 7) {
      for (let instances = 1; instances <= 40; instances++) {
        const { size, problems } = reading({ MAX_DB_CONNECTIONS: most, INSTANCE_COUNT: instances });
        const all = (size + 1) * instances;
        expect([most, instances, all <= most * 0.9 || problems.length === 1]).toEqual([most, instances, true]);
        // One more each would be too many.
        expect(all + instances).toBeGreaterThan(most * 0.9);
      }
    }
  });

  it.each<[PoolVariables, RegExp]>([
    [{ INSTANCE_COUNT: 3 }, /^INSTANCE_COUNT divides/],
    [
      { MAX_DB_CONNECTIONS: 100, INSTANCE_COUNT: 31 },
      /^MAX_DB_CONNECTIONS \(100\) .*\(31\) leaves a process a pool of 1/,
    ],
    [{ MAX_DB_CONNECTIONS: 1, INSTANCE_COUNT: 31 }, /leaves a process a pool of 0/],
    [
      { MAX_DB_CONNECTIONS: 100, INSTANCE_COUNT: 3, DATABASE_POOL_SIZE: 30 },
      /^DATABASE_POOL_SIZE \(30\) is more than the 29 /,
    ],
  ])('refuses %j', (given, expected) => {
    expect(reading(given).problems).toEqual([expect.stringMatching(expected)]);
  });
});
