import { describe, expect, it } from '@jest/globals';
import { BadRequestException } from '@nestjs/common';
import { parsePosition } from './position-header.js';

describe('parsePosition', () => {
  it.each(['0', '42', '9223372036854775807'])('reads %s', (header) => {
    expect(parsePosition(header)).toBe(BigInt(header));
  });

  it.each(['', ' ', '-1', '1.5', '0x10', '1e3', '42n', '1, 2', '9223372036854775808', '١٢'])('refuses %j', (header) => {
    expect(() => parsePosition(header)).toThrow(BadRequestException);
    expect(() => parsePosition(header)).toThrow('x-tidemark-position');
  });
});
