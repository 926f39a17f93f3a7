import { describe, expect, it } from '@jest/globals';
import { fairShare } from './fair-share.js';

type Owners = (string | undefined)[];

/** Lets every member take what it should until nothing changes; gives the owners then, and how many partitions moved. */
function settle(owners: Owners, members: readonly string[], subscription = 's'): { owners: Owners; moved: number } {
  let current = owners.map((owner) => (owner !== undefined && members.includes(owner) ? owner : undefined));
  for (let round = 0; round < 10; round++) {
    const shares = members.map((member) => fairShare(member, { subscription, members, owners: current }));
    // First everybody gives away, then everybody takes what is free.
    const given = current.map((owner, index) =>
      owner !== undefined && shares[members.indexOf(owner)]?.has(index) ? owner : undefined,
    );
    current = given.map((owner, index) => owner ?? members.find((_, rank) => shares[rank]?.has(index)));
  }
  return { owners: current, moved: current.filter((owner, index) => owner !== owners[index]).length };
}

function sizes(owners: Owners, members: readonly string[]): number[] {
  return members.map((member) => owners.filter((owner) => owner === member).length).sort((a, b) => a - b);
}

describe('fairShare', () => {
  it.each([
    [1, 1],
    [1, 3],
    [4, 3],
    [8, 3],
    [12, 5],
    [3, 7],
  ])('divides %d partitions evenly among %d members', (partitions, count) => {
    const members = Array.from({ length: count }, (_, n) => `m${n}`);
    const { owners } = settle(new Array<undefined>(partitions).fill(undefined), members);
    expect(owners).not.toContain(undefined);
    const found = sizes(owners, members);
    expect((found.at(-1) ?? 0) - (found[0] ?? 0)).toBeLessThanOrEqual(1);
  });

  it('gives no partition to two members', () => {
    const members = ['a', 'b', 'c'];
    const owners: Owners = ['a', undefined, 'a', undefined, undefined, 'b', 'a', 'a'];
    const all = members.flatMap((member) => [...fairShare(member, { subscription: 's', members, owners })]);
    expect(new Set(all).size).toBe(all.length);
  });

  it('moves no more than it must, when one comes and when one goes', () => {
    const two = settle(new Array<undefined>(9).fill(undefined), ['a', 'b']).owners;
    const three = settle(two, ['a', 'b', 'c']);
    expect(sizes(three.owners, ['a', 'b', 'c'])).toEqual([3, 3, 3]);
    expect(three.moved).toBe(3);
    const again = settle(three.owners, ['a', 'c']);
    expect(sizes(again.owners, ['a', 'c'])).toEqual([4, 5]);
    expect(again.moved).toBe(3);
  });

  it('leaves things as they are where they are even', () => {
    const owners: Owners = ['b', 'a', 'a', 'b', 'a'];
    expect(settle(owners, ['a', 'b'])).toEqual({ owners, moved: 0 });
  });

  it('spreads the single partitions of many subscriptions over the members', () => {
    const members = ['a', 'b', 'c'];
    const owners = Array.from({ length: 300 }, (_, n) => settle([undefined], members, `s${n}`).owners[0]);
    for (const size of sizes(owners, members)) expect(size).toBeGreaterThan(60);
  });

  it('leaves what a process holds that is not alive any more, until its lease is over', () => {
    const owners: Owners = ['dead', undefined];
    expect(fairShare('a', { subscription: 's', members: ['a'], owners })).toEqual(new Set([1]));
  });

  it('gives nothing to who is no member', () => {
    expect(fairShare('x', { subscription: 's', members: ['a'], owners: [undefined] })).toEqual(new Set());
  });
});
