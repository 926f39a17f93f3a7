import { describe, expect, it } from '@jest/globals';
import { findJsonFault } from './json-fault.js';

const faultAt = (value: unknown): string | undefined => findJsonFault(value, 'data')?.path;

describe('findJsonFault', () => {
  it('finds none in what JSON gives back the same', () => {
    const sound = { text: 'Zoë 🚚\n', n: [0, 1.5, 1e308, -1e-7], yes: true, nothing: null, list: [[]], empty: {} };
    expect(findJsonFault(sound, 'data')).toBeUndefined();
    expect(JSON.parse(JSON.stringify(sound))).toEqual(sound);
  });

  it('counts undefined fields as absent, but not undefined items', () => {
    expect(faultAt({ absent: undefined })).toBeUndefined();
    expect(faultAt({ list: [1, undefined] })).toBe('data.list[1]');
    // eslint-disable-next-line no-sparse-arrays
    expect(faultAt([, 1])).toBe('data[0]');
  });

  it('finds numbers that JSON writes as null', () => {
    for (const number of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
      expect(faultAt({ a: [{ b: number }] })).toBe('data.a[0].b');
    }
  });

  it('finds values that JSON drops or throws at', () => {
    for (const value of [() => 1, Symbol('s'), 1n]) expect(faultAt({ value })).toBe('data.value');
  });

  it('finds collections that JSON writes as an empty object, or as one of numbers', () => {
    for (const value of [
      new Map(),
      new Set(),
      /x/,
      new Error('x'),
      new ArrayBuffer(1),
      new Uint8Array(2),
      new DataView(new ArrayBuffer(1)),
    ]) {
      expect(faultAt({ value })).toBe('data.value');
      expect(findJsonFault({ value }, 'data')?.reason).toContain(value.constructor.name);
    }
  });

  it('finds text that PostgreSQL cannot store, in values and in names', () => {
    for (const text of ['\u0000', 'a\u0000b', '\ud800', '\udc00', 'a\udc00\ud800b']) {
      expect(faultAt({ text })).toBe('data.text');
      expect(faultAt({ [text]: 1 })).toBe(`data.${text}`);
    }
    expect(faultAt({ text: '\\u0000 \ud83d\ude9a \u0001' })).toBeUndefined();
  });

  it('looks at what toJSON gives', () => {
    expect(faultAt({ at: new Date(0) })).toBeUndefined();
    expect(faultAt({ at: new Date(Number.NaN) })).toBe('data.at');
    expect(faultAt({ money: { toJSON: () => ({ cents: Number.NaN }) } })).toBe('data.money.cents');
    expect(faultAt({ money: { cents: Number.NaN, toJSON: () => 'nothing' } })).toBeUndefined();
  });

  it('finds circles and what is nested too deep', () => {
    const circle: unknown[] = [];
    circle.push(circle);
    expect(findJsonFault(circle, 'data')?.reason).toContain('128 levels');
    const nested = (levels: number): unknown => (levels === 0 ? 1 : [nested(levels - 1)]);
    expect(faultAt(nested(128))).toBeUndefined();
    expect(faultAt(nested(129))).toBe(`data${'[0]'.repeat(128)}`);
  });

  it('allows the same object in two places', () => {
    const shared = { n: 1 };
    expect(faultAt({ a: shared, b: [shared, shared] })).toBeUndefined();
  });
});
