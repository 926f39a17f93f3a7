import { describe, expect, it } from '@jest/globals';
import { defineSignal, Instrumentation } from './instrumentation.js';

const SENT = defineSignal<{ n: number }>('parcel.sent');
const LOST = defineSignal<{ n: number }>('parcel.lost');

describe('Instrumentation', () => {
  it('tells every listener of a signal, at once and in order', () => {
    const instrumentation = new Instrumentation();
    const heard: string[] = [];
    instrumentation.on(SENT, ({ n }) => heard.push(`first ${n}`));
    instrumentation.on(SENT, ({ n }) => heard.push(`second ${n}`));
    instrumentation.on(LOST, ({ n }) => heard.push(`lost ${n}`));
    instrumentation.emit(SENT, { n: 1 });
    expect(heard).toEqual(['first 1', 'second 1']);
  });

  it('knows signals by their name', () => {
    const instrumentation = new Instrumentation();
    const heard: number[] = [];
    instrumentation.on(defineSignal<{ n: number }>('parcel.sent'), ({ n }) => heard.push(n));
    instrumentation.emit(SENT, { n: 1 });
    expect(heard).toEqual([1]);
  });

  it('costs nothing where nobody listens', () => {
    const instrumentation = new Instrumentation();
    expect(() => instrumentation.emit(SENT, { n: 1 })).not.toThrow();
    expect(instrumentation.hasListeners(SENT)).toBe(false);
  });

  it('stops telling who has left, who may leave twice', () => {
    const instrumentation = new Instrumentation();
    const heard: string[] = [];
    const leave = instrumentation.on(SENT, () => heard.push('leaver'));
    instrumentation.on(SENT, () => heard.push('stayer'));
    leave();
    leave();
    instrumentation.emit(SENT, { n: 1 });
    expect(heard).toEqual(['stayer']);
    expect(instrumentation.hasListeners(SENT)).toBe(true);
  });

  it('has no listeners when the last has left, and takes new ones then', () => {
    const instrumentation = new Instrumentation();
    const leave = instrumentation.on(SENT, () => undefined);
    expect(instrumentation.hasListeners(SENT)).toBe(true);
    leave();
    expect(instrumentation.hasListeners(SENT)).toBe(false);

    const heard: number[] = [];
    instrumentation.on(SENT, ({ n }) => heard.push(n));
    leave();
    instrumentation.emit(SENT, { n: 2 });
    expect(heard).toEqual([2]);
    expect(instrumentation.hasListeners(SENT)).toBe(true);
  });

  it('shields the reporter and the other listeners from one that throws', () => {
    const problems: unknown[] = [];
    const instrumentation = new Instrumentation((error, signal) => problems.push([(error as Error).message, signal]));
    const heard: number[] = [];
    instrumentation.on(SENT, () => {
      throw new Error('broken');
    });
    instrumentation.on(SENT, ({ n }) => heard.push(n));
    instrumentation.emit(SENT, { n: 3 });
    expect(heard).toEqual([3]);
    expect(problems).toEqual([['broken', 'parcel.sent']]);
  });
});
