import { getEventListeners } from 'node:events';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { CallDeadline } from './call-deadline.js';

const never = (): Promise<void> => new Promise<void>(() => undefined);

describe('CallDeadline', () => {
  beforeEach(() => void jest.useFakeTimers());
  afterEach(() => void jest.useRealTimers());

  const outer = new AbortController();
  const make = (signal = outer.signal): CallDeadline => new CallDeadline(signal, 100, () => new Error('too late'));

  it('gives each call of a page its own time', async () => {
    const deadline = make();
    for (let call = 0; call < 5; call++) {
      await deadline.run(async () => void (await jest.advanceTimersByTimeAsync(60)));
    }
    const late = deadline.run(never);
    const ended = expect(late).rejects.toThrow('too late');
    await jest.advanceTimersByTimeAsync(100);
    await ended;
    expect([deadline.signal.aborted, deadline.isStopped]).toEqual([true, false]);
    deadline.close();
  });

  it('ends a call with the reason for which it is told to stop, and begins no other', async () => {
    const told = new AbortController();
    const deadline = make(told.signal);
    const call = deadline.run(never);
    told.abort(new Error('drain'));
    await expect(call).rejects.toThrow('drain');
    expect(deadline.isStopped).toBe(true);
    const begun = jest.fn(never);
    expect(() => deadline.run(begun)).toThrow('drain');
    expect(() => make(told.signal).run(begun)).toThrow('drain');
    expect(begun).not.toHaveBeenCalled();
    deadline.close();
  });

  it('passes on how a call ends by itself', async () => {
    const deadline = make();
    await expect(deadline.run(async () => undefined)).resolves.toBeUndefined();
    await expect(deadline.run(() => Promise.reject(new Error('handler')))).rejects.toThrow('handler');
    expect(deadline.signal.aborted).toBe(false);
    deadline.close();
  });

  it('leaves neither a timer nor a listener behind', async () => {
    const deadline = make();
    await deadline.run(async () => undefined);
    deadline.close();
    expect(jest.getTimerCount()).toBe(0);
    expect(getEventListeners(outer.signal, 'abort')).toEqual([]);
  });
});
