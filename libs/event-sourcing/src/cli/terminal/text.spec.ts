import { describe, expect, it } from '@jest/globals';
import { counted, jsonOf, plain, shortened, spanOf, timeOf, wrapped } from './text.js';

describe('text for terminals', () => {
  it('keeps one line and steers no terminal', () => {
    expect(plain('a\nb\u001b[31mc\u009bd\u2028e')).toBe('a b [31mc d e');
  });

  it('is cut with an ellipsis at the end or in the middle, by characters and not by their halves', () => {
    expect(shortened('abcdefgh', 8)).toBe('abcdefgh');
    expect(shortened('abcdefgh', 5)).toBe('abcd…');
    expect(shortened('abcdefgh', 5, 'middle')).toBe('ab…gh');
    expect(shortened('abcdefgh', 4, 'middle')).toBe('ab…h');
    expect(shortened('👍👍👍👍', 3)).toBe('👍👍…');
    expect(shortened('abc', 1)).toBe('…');
  });

  it('is broken between words, and a long word stands alone', () => {
    expect(wrapped('one two three', 7)).toEqual(['one two', 'three']);
    expect(wrapped('a incomprehensible b', 5)).toEqual(['a', 'incomprehensible', 'b']);
  });

  it('tells spans and times', () => {
    expect([0.4, 59, 60, 3_599, 3_600, 86_399, 86_400 * 3.9].map(spanOf)).toEqual([
      '0 s',
      '59 s',
      '1 min',
      '59 min',
      '1 h',
      '23 h',
      '3 d',
    ]);
    expect(timeOf(new Date('2026-03-04T05:06:07.899Z'))).toBe('2026-03-04 05:06:07Z');
  });

  it('counts one and many', () => {
    expect([counted(0, 'letter'), counted(1n, 'letter'), counted(2, 'piece', 'pieces')]).toEqual([
      '0 letters',
      '1 letter',
      '2 pieces',
    ]);
  });

  it('writes big integers into JSON as strings, wherever they stand', () => {
    expect(jsonOf({ position: 9_007_199_254_740_993n, list: [1n] })).toBe(
      '{"position":"9007199254740993","list":["1"]}',
    );
  });
});
