import { describe, expect, it } from '@jest/globals';
import { InFlightBudget } from './in-flight-budget.js';

const NEVER = new AbortController().signal;

describe('InFlightBudget', () => {
  it('gives what there is, at most what is wanted, and never more than its limit', async () => {
    const budget = new InFlightBudget(10);
    expect(await budget.take(7, NEVER)).toBe(7);
    expect(budget.tryTake(7)).toBe(3);
    expect(budget.tryTake(1)).toBe(0);
    expect(budget.taken).toBe(10);
    budget.give(10);
    expect(budget.taken).toBe(0);
  });

  it('serves those who wait in the order of asking, and lets nobody past them', async () => {
    const budget = new InFlightBudget(2);
    await budget.take(2, NEVER);
    const served: string[] = [];
    const ask = (name: string): Promise<void> => budget.take(1, NEVER).then(() => void served.push(name));
    const all = [ask('first'), ask('second'), ask('third')];
    budget.give(1);
    await all[0];
    expect(served).toEqual(['first']);
    budget.give(1);
    const late = ask('late');
    await all[1];
    expect(served).toEqual(['first', 'second']);
    budget.give(2);
    await Promise.all([...all, late]);
    expect(served).toEqual(['first', 'second', 'third', 'late']);
    expect(budget.taken).toBe(2);
  });

  it('lets who is told to end go, and serves the next', async () => {
    const budget = new InFlightBudget(1);
    await budget.take(1, NEVER);
    const leaving = new AbortController();
    const gone = budget.take(1, leaving.signal);
    const staying = budget.take(1, NEVER);
    leaving.abort(new Error('told to end'));
    await expect(gone).rejects.toThrow('told to end');
    budget.give(1);
    expect(await staying).toBe(1);
    await expect(budget.take(1, leaving.signal)).rejects.toThrow('told to end');
  });
});
