import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Circuit, type CircuitBreakerState } from './circuit.js';

describe('Circuit', () => {
  let states: CircuitBreakerState[];

  beforeEach(() => {
    states = [];
    jest.useFakeTimers({ now: 1_000 });
  });

  afterEach(() => {
    jest.useRealTimers();
  });

  function circuit(options: Partial<{ threshold: number; resetMs: number; halfOpenMax: number }> = {}): Circuit {
    return new Circuit({ threshold: 3, resetMs: 1_000, halfOpenMax: 1, ...options }, (state) => states.push(state));
  }

  async function giveUp(target: Circuit, times: number): Promise<void> {
    for (let n = 0; n < times; n++) await target.gaveUp(new Error('down'));
  }

  it('opens after so many events in a row, and counts anew after one that went right', async () => {
    const one = circuit();
    await giveUp(one, 2);
    await one.succeeded(1);
    await giveUp(one, 2);
    expect(one.state).toBe('closed');
    await giveUp(one, 1);
    expect(one.state).toBe('open');
    expect(one.restMs).toBeGreaterThanOrEqual(1_000);
    expect(states).toEqual(['open']);
  });

  it('lets a few through when its time is over, closes when they go right, and opens again when one does not', async () => {
    const one = circuit({ halfOpenMax: 2 });
    await giveUp(one, 3);
    expect(one.limit(100)).toBe(100);
    jest.advanceTimersByTime(one.restMs);
    expect([one.state, one.restMs, one.limit(100)]).toEqual(['half_open', 0, 2]);
    await one.succeeded(1);
    expect(one.state).toBe('half_open');
    await giveUp(one, 1);
    expect(one.state).toBe('open');
    jest.advanceTimersByTime(one.restMs);
    await one.succeeded(2);
    expect([one.state, one.limit(100)]).toEqual(['closed', 100]);
    expect(states).toEqual(['open', 'half_open', 'open', 'half_open', 'closed']);
  });

  it('says that it tries when it does, not when that is over', async () => {
    const one = circuit();
    await giveUp(one, 3);
    jest.advanceTimersByTime(one.restMs);
    expect(states).toEqual(['open']);
    one.limit(100);
    one.limit(100);
    expect(states).toEqual(['open', 'half_open']);
    await one.succeeded(1);
    expect(states).toEqual(['open', 'half_open', 'closed']);
  });

  it('takes a page without events for neither', async () => {
    const one = circuit();
    await giveUp(one, 2);
    await one.succeeded(0);
    await giveUp(one, 1);
    expect(one.state).toBe('open');
  });

  it('never opens where it is switched off', async () => {
    const one = new Circuit(false, (state) => states.push(state));
    await giveUp(one, 100);
    expect([one.state, one.restMs, one.limit(7)]).toEqual(['closed', 0, 7]);
  });
});
