import { describe, expect, it } from '@jest/globals';
import { FakeClock } from './fake-clock.js';

describe('FakeClock', () => {
  it('stands still until it is advanced or set', () => {
    const clock = new FakeClock('2026-03-01T12:00:00Z');
    const { now } = clock;
    expect(now()).toEqual(new Date('2026-03-01T12:00:00Z'));
    expect(clock.advance({ days: 1, hours: 2, minutes: 3, seconds: 4, milliseconds: 5 })).toEqual(now());
    expect(now()).toEqual(new Date('2026-03-02T14:03:04.005Z'));
    clock.advance({ hours: -2 });
    expect(now()).toEqual(new Date('2026-03-02T12:03:04.005Z'));
    clock.set(new Date('2025-01-01T00:00:00Z'));
    expect(now()).toEqual(new Date('2025-01-01T00:00:00Z'));
    expect(new FakeClock().now()).toEqual(new Date('2026-01-01T00:00:00Z'));
  });

  it('cannot be moved by the times that it gave', () => {
    const clock = new FakeClock();
    clock.now().setFullYear(1999);
    expect(clock.now().getUTCFullYear()).toBe(2026);
  });

  it('refuses what is no time and no span', () => {
    const badTime: unknown = expect.objectContaining({ code: 'INVALID_ARGUMENT', argument: 'time' });
    expect(() => new FakeClock('noon')).toThrow(badTime);
    expect(() => new FakeClock().advance({ days: Number.NaN })).toThrow(badTime);
    const unit = { hour: 1 } as { hours?: number };
    expect(() => new FakeClock().advance(unit)).toThrow("by 'hour'; give days, hours, minutes, seconds, milliseconds");
  });
});
