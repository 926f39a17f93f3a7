import { describe, expect, it } from '@jest/globals';
import { SlidingCount } from './sliding-count.js';

describe('SlidingCount', () => {
  it('counts what happened in this second and the 59 before, to the boundary', () => {
    let now = 10_000;
    const count = new SlidingCount(() => now);
    expect(count.perMinute()).toBe(0);
    count.add();
    now = 10_999;
    count.add();
    now = 11_000;
    count.add();
    expect(count.perMinute()).toBe(3);
    now = 69_999;
    expect(count.perMinute()).toBe(3);
    now = 70_000;
    expect(count.perMinute()).toBe(1);
    now = 70_999;
    expect(count.perMinute()).toBe(1);
    now = 71_000;
    expect(count.perMinute()).toBe(0);
  });

  it('keeps no more than a counter per second of the window', () => {
    let now = 0;
    const count = new SlidingCount(() => now);
    for (; now < 600_000; now += 100) count.add();
    const { counts } = count as unknown as { counts: Map<number, number> };
    expect(counts.size).toBe(60);
    now -= 100;
    expect(count.perMinute()).toBe(600);
  });
});
