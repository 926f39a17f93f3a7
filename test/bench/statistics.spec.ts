import { describe, expect, it } from '@jest/globals';
import { Budget } from '../../bench/budget.mjs';
import { comparison } from '../../bench/comparison.mjs';
import { atLeast, atMost, figureAtMost, isMet, lessThan, moreThan } from '../../bench/goals.mjs';
import { linePlot } from '../../bench/report/line-plot.mjs';
import { orderOf, pairedRounds } from '../../bench/rounds.mjs';
import { numberOf, shortNumber } from '../../bench/sizes.mjs';
import { median, pairedRatios, percentile, spread } from '../../bench/statistics.mjs';

describe('statistics of the benchmark', () => {
  it('takes the middle, and the mean of the middle two', () => {
    expect(median([5, 1, 3])).toBe(3);
    expect(median([10, 9, 1, 2])).toBe(5.5);
    expect(() => median([])).toThrow('nothing');
  });

  it('takes percentiles by the nearest rank, as numbers and not as text', () => {
    const numbers = [100, 9, 20, 3, 1, 7, 8, 6, 5, 4];
    expect([0.5, 0.9, 0.99].map((share) => percentile(numbers, share))).toEqual([6, 20, 100]);
    expect(spread(numbers)).toEqual([1, 100]);
  });

  it('pairs what was measured in the same round', () => {
    expect(pairedRatios([10, 30], [5, 10])).toEqual([2, 3]);
    expect(() => pairedRatios([1], [1, 2])).toThrow('as many rounds');
  });
});

describe('the rounds of the benchmark', () => {
  it('go on by turns, with each of them first and last, after one that does not count', async () => {
    const turns: string[] = [];
    const contestant = (name: string) => (round: number) => {
      turns.push(name);
      return Promise.resolve(round);
    };
    const figures = await pairedRounds({ a: contestant('a'), b: contestant('b') }, { rounds: 3 });
    expect(figures).toEqual({ a: [0, 1, 2], b: [0, 1, 2] });
    expect(turns.join('')).toBe('abba' + 'baab');
    const orders = [0, 1, 2, 3, 4, 5].map((round) => orderOf(['a', 'b', 'c'], round).join(''));
    expect(orders).toEqual(['abc', 'cba', 'bca', 'acb', 'cab', 'bac']);
  });

  it('are one at least where the time is over', async () => {
    const figures = await pairedRounds({ a: (round: number) => Promise.resolve(round) }, { rounds: 9, deadline: 0 });
    expect(figures).toEqual({ a: [0] });
  });

  it('share the time, and leave to the others what they do not need', () => {
    const [first, second] = [{ share: 3 }, {}];
    const budget = new Budget([first, second], 100, 0);
    expect(budget.deadlineOf(first, 0)).toBe(75);
    expect(budget.deadlineOf(second, 10)).toBe(100);
  });
});

describe('a comparison of the benchmark', () => {
  const about = { name: 'work', work: 'some work', unit: 'events/s', referenceName: 'raw' };

  it('tells the median of the ratios of each round, not the ratio of the medians', () => {
    const line = comparison({ ...about, goal: atLeast(1) }, [10, 100, 1_000], [20, 100, 250]);
    expect(line).toMatchObject({ tidemark: 100, reference: 100, ratio: 1, goal: '≥ 1×', met: true, better: 'higher' });
    expect(line.spread.ratio).toEqual([0.5, 4]);
  });

  it('meets a goal by what is told, and none where there is none', () => {
    const met = (goal: unknown, ratio: number, tidemark = 1) => isMet(goal, { ratio, tidemark });
    expect([met(atLeast(0.8), 0.8), met(atLeast(0.8), 0.79)]).toEqual([true, false]);
    expect([met(atMost(1.2), 1.2), met(atMost(1.2), 1.21)]).toEqual([true, false]);
    expect([met(moreThan(1), 1), met(moreThan(1), 1.01)]).toEqual([false, true]);
    expect([met(lessThan(2), 2), met(lessThan(2), 1.99)]).toEqual([false, true]);
    expect([met(figureAtMost(25, 'ms'), 90, 25), met(figureAtMost(25, 'ms'), 0.1, 26)]).toEqual([true, false]);
    expect(comparison(about, [1], [2])).toMatchObject({ goal: null, met: null });
  });
});

describe('sizes and plots of the benchmark', () => {
  it('read and write numbers in short', () => {
    expect(['250k', '10m', '7', '1_000'].map((text) => numberOf('events', text))).toEqual([250_000, 1e7, 7, 1_000]);
    expect(() => numberOf('events', 'many')).toThrow("--events is 'many'");
    expect([250_000, 1e7, 7, 1_500, 0].map(shortNumber)).toEqual(['250k', '10m', '7', '1500', '0']);
  });

  it('draw a line per series and name it', () => {
    const series = [
      {
        name: 'a < b',
        points: [
          [1, 10],
          [32, 200],
        ],
      },
      {
        name: 'c',
        points: [
          [1, 40],
          [32, 100],
        ],
      },
    ];
    const svg = linePlot({ title: 'A plot', xLabel: 'x', yLabel: 'y', series });
    expect(svg.match(/<polyline/g)).toHaveLength(2);
    expect(svg).toContain('>a &lt; b</text>');
    expect(svg).not.toContain('NaN');
  });
});
