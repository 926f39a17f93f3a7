import { BadRequestException } from '@nestjs/common';

/** A write answers with its position in this header; a read that sends it back sees the write. */
export const POSITION_HEADER = 'x-tidemark-position';

const GREATEST_POSITION = 2n ** 63n - 1n;

/** The position that the header names. */
export function parsePosition(header: string): bigint {
  if (/^\d{1,19}$/.test(header)) {
    const position = BigInt(header);
    if (position <= GREATEST_POSITION) return position;
  }
  throw new BadRequestException(`${POSITION_HEADER}: must be the position that a write answered with.`);
}
