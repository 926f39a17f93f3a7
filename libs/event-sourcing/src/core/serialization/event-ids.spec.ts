import { describe, expect, it } from '@jest/globals';
import { validate, version } from 'uuid';
import { EventIds } from './event-ids.js';

describe('EventIds', () => {
  it('gives UUIDs of version 7, of which no two share their random part', () => {
    const ids = new EventIds();
    const given = Array.from({ length: 2_000 }, () => ids.next());
    expect(given.every((id) => validate(id) && version(id) === 7)).toBe(true);
    // The last twelve digits are random alone: the time cannot make them differ.
    expect(new Set(given.map((id) => id.slice(-12))).size).toBe(2_000);
  });

  it('begins with the time, in milliseconds', () => {
    const before = Date.now();
    const time = parseInt(new EventIds().next().replace('-', '').slice(0, 12), 16);
    expect(time).toBeGreaterThanOrEqual(before);
    expect(time).toBeLessThanOrEqual(Date.now());
  });
});
