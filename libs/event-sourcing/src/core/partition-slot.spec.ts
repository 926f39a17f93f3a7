import { describe, expect, it } from '@jest/globals';
import { PARTITION_SLOTS, partitionSlotOf } from './partition-slot.js';

/** Computed by another program; a change of any would tear streams out of the partitions they are stored under. */
const KNOWN: Readonly<Record<string, number>> = {
  'order-1': 2716,
  'order-2': 704,
  'order-42': 2263,
  'parcel-0190b5f0-0000-7000-8000-000000000001': 625,
  'a-b': 3034,
  'cart-Zoë': 3439,
  'cart-東京': 3412,
  'cart-🚚': 4057,
};

describe('partitionSlotOf', () => {
  it('gives the slots that are stored for all time', () => {
    for (const [streamId, slot] of Object.entries(KNOWN))
      expect([streamId, partitionSlotOf(streamId)]).toEqual([streamId, slot]);
    expect(partitionSlotOf(`x-${'y'.repeat(1_000)}`)).toBe(4081);
  });

  for (const partitions of [2, 3, 8, 64]) {
    it(`spreads streams evenly over ${partitions} partitions, though their ids differ little`, () => {
      const STREAMS = 40_000;
      const counts = new Array<number>(partitions).fill(0);
      for (let n = 0; n < STREAMS; n++) {
        const index = partitionSlotOf(`order-${n}`) % partitions;
        counts[index] = (counts[index] ?? 0) + 1;
      }
      const expected = STREAMS / partitions;
      // Five standard deviations of a fair spread.
      const tolerance = 5 * Math.sqrt(expected);
      expect(Math.max(...counts.map((count) => Math.abs(count - expected)))).toBeLessThan(tolerance);
    });
  }

  it('uses all slots and no others', () => {
    const seen = new Set(Array.from({ length: 80_000 }, (_, n) => partitionSlotOf(`cart-${n}`)));
    expect(seen.size).toBe(PARTITION_SLOTS);
    expect(Math.min(...seen)).toBe(0);
    expect(Math.max(...seen)).toBe(PARTITION_SLOTS - 1);
  });
});
