import { describe, expect, it } from '@jest/globals';
import { InvalidArgumentError } from './errors.js';
import { assertCategory, assertStreamId, categoryOf, MAX_STREAM_ID_BYTES, streamIdOf } from './stream-name.js';

describe('stream name', () => {
  it('is put together from category and id, and taken apart again', () => {
    expect(streamIdOf('order', '42')).toBe('order-42');
    expect(categoryOf(streamIdOf('order', 'a-b-c'))).toBe('order');
    expect(categoryOf('order--')).toBe('order');
  });

  it('has a category without dash and control character', () => {
    for (const category of ['order', 'Ünï cødé', '東京']) expect(() => assertCategory(category)).not.toThrow();
    for (const category of ['', 'or-der', '-', 'order\n', '\u0000', '\u007f']) {
      expect(() => assertCategory(category)).toThrow(expect.objectContaining({ argument: 'category' }));
      expect(() => streamIdOf(category, '1')).toThrow(InvalidArgumentError);
    }
  });

  it('has something on both sides of the first dash', () => {
    for (const id of ['', '-', 'order', '-42', 'order-']) {
      expect(() => assertStreamId(id)).toThrow(expect.objectContaining({ argument: 'streamId' }));
    }
    expect(() => assertStreamId('a-b')).not.toThrow();
    expect(() => streamIdOf('order', '')).toThrow(InvalidArgumentError);
  });

  it('has at most 1,024 bytes, counted as UTF-8', () => {
    const rest = MAX_STREAM_ID_BYTES - 2;
    for (const [letter, bytes] of [
      ['x', 1],
      ['é', 2],
      ['東', 3],
      ['🚚', 4],
    ] as const) {
      const fitting = Math.floor(rest / bytes);
      expect(() => assertStreamId(`a-${letter.repeat(fitting)}`)).not.toThrow();
      expect(() => assertStreamId(`a-${letter.repeat(fitting + 1)}`)).toThrow(/longer than 1024 bytes/);
    }
  });

  it('holds no control character and no half of a surrogate pair', () => {
    for (const bad of ['\u0000', '\u001f', '\u007f', '\r']) {
      expect(() => assertStreamId(`order-${bad}`)).toThrow(/control character/);
    }
    for (const bad of ['\ud83d', '\ude9a']) expect(() => assertStreamId(`order-${bad}`)).toThrow(/surrogate/);
  });

  it('is shown in errors, shortened', () => {
    expect(() => assertStreamId('x'.repeat(5_000))).toThrow(/^The stream id "x{80}" is not usable: .{1,150}$/);
  });

  it('is a string', () => {
    for (const bad of [undefined, null, 42, {}]) {
      expect(() => assertStreamId(bad as string)).toThrow(/it is no string/);
    }
  });
});
