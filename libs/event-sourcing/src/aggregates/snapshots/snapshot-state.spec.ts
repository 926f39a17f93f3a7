import { runInNewContext } from 'node:vm';
import { describe, expect, it } from '@jest/globals';
import { SnapshotStateError } from '../errors.js';
import { captureFields, encodeState, restoreFields } from './snapshot-state.js';

class Money {
  constructor(readonly cents: number) {}
}

const carry = (state: unknown): unknown => JSON.parse(encodeState(state));

describe('captureFields and restoreFields', () => {
  it('bring plain data back as it was, undefined fields included', () => {
    class Box {
      label: string | undefined = 'new';
      lines: { sku: string; tags: string[] }[] = [];
      readonly onOpened = () => undefined;
    }
    const box = new Box();
    box.label = undefined;
    box.lines.push({ sku: 'tea', tags: ['a'] });
    const back = new Box();
    restoreFields(back, carry(captureFields(box)));
    expect({ ...back, onOpened: undefined }).toEqual({ ...box, onOpened: undefined });
    expect(back.label).toBeUndefined();
    expect(back.onOpened).toBeInstanceOf(Function);
  });

  it.each([
    ['a Date', { lines: [{ at: new Date(0) }] }, 'state.lines[0].at'],
    ['an instance of a class', { price: new Money(5) }, 'state.price'],
    ['a Map', { byId: new Map() }, 'state.byId'],
    ['NaN', { total: Number.NaN }, 'state.total'],
    ['a function within', { rules: { check: () => true } }, 'state.rules.check'],
    ['a toJSON of its own', { rules: { toJSON: () => 'ok' } }, 'state.rules.toJSON'],
  ])('refuse %s', (_, fields, path) => {
    const capture = () => captureFields(Object.assign(new (class Box {})(), fields));
    expect(capture).toThrow(SnapshotStateError);
    expect(capture).toThrow(`${path} is a`.slice(0, path.length + 3));
  });

  it('take plain objects of another realm and without a prototype', () => {
    const foreign: unknown = runInNewContext('({ lines: [{ sku: "tea" }] })');
    const bare: unknown = Object.assign(Object.create(null), { sku: 'tea' });
    expect(captureFields({ foreign, bare })).toEqual({ foreign, bare });
  });

  it('refuse a circle', () => {
    const box: { self?: object } = {};
    box.self = box;
    expect(() => captureFields(box)).toThrow(SnapshotStateError);
  });

  it.each([[null], ['text'], [[1]]])('refuse to restore from %j', (state) => {
    expect(() => restoreFields({}, state)).toThrow(TypeError);
  });
});

describe('encodeState', () => {
  it('takes Dates, which whoever writes toSnapshot knows about', () => {
    expect(encodeState({ at: new Date(0) })).toBe('{"at":"1970-01-01T00:00:00.000Z"}');
  });

  it('refuses undefined', () => {
    expect(() => encodeState(undefined)).toThrow(SnapshotStateError);
  });
});
