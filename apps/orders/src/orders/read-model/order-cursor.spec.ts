import { describe, expect, it } from '@jest/globals';
import { decodeCursor, encodeCursor } from './order-cursor.js';

const cursor = { placedAt: new Date('2026-03-01T12:00:00.007Z'), id: '0195507e-5c80-7000-8000-0123456789ab' };
const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

describe('order cursor', () => {
  it('comes back as it was', () => {
    expect(decodeCursor(encodeCursor(cursor))).toEqual(cursor);
  });

  it('needs no escaping in a URL', () => {
    expect(encodeCursor(cursor)).toMatch(/^[\w-]+$/);
  });

  it.each<[string, string]>([
    ['nothing', ''],
    ['no base64url', '???'],
    ['no JSON', Buffer.from('page 2').toString('base64url')],
    ['another shape', encode({ placedAt: cursor.placedAt, id: cursor.id })],
    ['no date', encode(['yesterday', cursor.id])],
    ['a date that does not exist', encode(['2026-02-30T12:00:00.000Z', cursor.id])],
    ['another precision', encode(['2026-03-01T12:00:00Z', cursor.id])],
    ['no UUID', encode([cursor.placedAt, "' or 1=1 --"])],
    ['something at its end', `${encodeCursor(cursor)}!`],
    ['padding', `${encodeCursor(cursor)}=`],
  ])('refuses %s', (_what, text) => {
    expect(decodeCursor(text)).toBeUndefined();
  });
});
