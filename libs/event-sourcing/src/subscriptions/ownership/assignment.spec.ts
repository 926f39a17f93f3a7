import { describe, expect, it } from '@jest/globals';
import { atOddsWith } from './admission.js';
import { staticShare } from './assignment.js';
import { CoverageWatch } from './coverage-watch.js';
import type { Member } from './subscription-directory.js';

function member(owner: string, assignment?: Member['assignment'], subscriptions = ['s']): Member {
  return { owner, subscriptions, assignment };
}

describe('staticShare', () => {
  it.each([
    [1, 1],
    [8, 3],
    [3, 8],
    [12, 12],
  ])('gives each of %d partitions to one of %d processes', (count, total) => {
    const all = Array.from({ length: total }, (_, index) => [...staticShare({ index, total }, count)]).flat();
    expect(all.sort((a, b) => a - b)).toEqual(Array.from({ length: count }, (_, partition) => partition));
  });
});

describe('atOddsWith', () => {
  const me = member('me', { index: 0, total: 2 });

  it.each<[string, Member, boolean]>([
    ['itself', member('me', { index: 0, total: 3 }), false],
    ['another number of the same total', member('b', { index: 1, total: 2 }), false],
    ['the same number of the same total', member('b', { index: 0, total: 2 }), false],
    ['another total', member('b', { index: 1, total: 3 }), true],
    ['an automatic one', member('b'), true],
    ['another total of other subscriptions', member('b', { index: 1, total: 3 }, ['other']), false],
    ['another total of one shared subscription', member('b', { index: 1, total: 3 }, ['other', 's']), true],
  ])('%s', (_, other, isAtOdds) => {
    expect(atOddsWith(me, [me, other])).toEqual(isAtOdds ? [other] : []);
  });

  it('lets automatic ones be together', () => {
    expect(atOddsWith(member('me'), [member('me'), member('b')])).toEqual([]);
  });
});

describe('CoverageWatch', () => {
  const me = member('me', { index: 0, total: 3 });
  const partitions = new Map([['s', 5]]);

  it('tells of a gap that lasts, once, and again where another one comes', () => {
    const watch = new CoverageWatch(1_000);
    const members = [me, member('b', { index: 2, total: 3 })];
    expect(watch.look({ me, members, partitions }, 0)).toBeUndefined();
    expect(watch.look({ me, members, partitions }, 999)).toBeUndefined();
    expect(watch.look({ me, members, partitions }, 1_000)).toMatch(/number 1 of 3 \('s': 1, 4\)$/);
    expect(watch.look({ me, members, partitions }, 5_000)).toBeUndefined();
    expect(watch.look({ me, members: [me], partitions }, 6_000)).toBeUndefined();
    expect(watch.look({ me, members: [me], partitions }, 7_000)).toMatch(/1 of 3 .*; number 2 of 3 \('s': 2\)$/);
  });

  it('says nothing of a restart that is over in time, nor where a number has no partition', () => {
    const watch = new CoverageWatch(1_000);
    const full = [me, member('b', { index: 1, total: 3 }), member('c', { index: 2, total: 3 })];
    for (const [at, members] of [full, [me], full, [me], full].entries()) {
      expect(watch.look({ me, members, partitions }, at * 900)).toBeUndefined();
    }
    const few = new Map([['s', 1]]);
    for (const at of [0, 10_000]) expect(watch.look({ me, members: [me], partitions: few }, at)).toBeUndefined();
  });

  it('says nothing of processes that divide automatically', () => {
    const watch = new CoverageWatch(0);
    expect(watch.look({ me: member('me'), members: [member('me')], partitions }, 1)).toBeUndefined();
  });
});
