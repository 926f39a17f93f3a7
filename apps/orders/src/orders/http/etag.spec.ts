import { describe, expect, it } from '@jest/globals';
import { BadRequestException } from '@nestjs/common';
import { etagOf, parseIfMatch } from './etag.js';

describe('parseIfMatch', () => {
  it('reads what etagOf made', () => {
    expect(parseIfMatch(etagOf(17))).toBe(17);
  });

  it.each([
    ['"3"', 3],
    ['W/"3"', 3],
    ['3', 3],
    ['  "3" ', 3],
    ['"2147483647"', 2_147_483_647],
  ])('reads %s', (header, version) => {
    expect(parseIfMatch(header)).toBe(version);
  });

  it.each([undefined, '*', ' * '])('takes %s as any version', (header) => {
    expect(parseIfMatch(header)).toBeUndefined();
  });

  it.each(['', '"', '""', '"3', '3"', "'3'", '"0"', '"-1"', '"1.5"', '"abc"', 'w/"3"', '"1", "2"', '"2147483648"'])(
    'refuses %j',
    (header) => {
      expect(() => parseIfMatch(header)).toThrow(BadRequestException);
      expect(() => parseIfMatch(header)).toThrow('If-Match');
    },
  );
});
