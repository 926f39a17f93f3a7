import { describe, expect, it } from '@jest/globals';
import { eventFailureOf, storableFailure } from './event-failure.js';

class OutOfStock extends Error {}

describe('eventFailureOf', () => {
  it.each([
    [new TypeError('no'), 'TypeError', 'no'],
    [new OutOfStock('none left'), 'OutOfStock', 'none left'],
    [new Error('no'), 'Error', 'no'],
    [Object.assign(new Error('no'), { name: 'QueryFailedError' }), 'QueryFailedError', 'no'],
    ['no', 'string', 'no'],
    [undefined, 'undefined', 'undefined'],
    [Object.create(null), 'object', 'something that has no text was thrown'],
  ])('describes %p', (thrown: unknown, errorClass, message) => {
    const at = new Date();
    const stack = thrown instanceof Error ? thrown.stack : undefined;
    expect(eventFailureOf(thrown, at)).toEqual({ at, errorClass, message, stack });
  });
});

describe('storableFailure', () => {
  it('cuts what is too long, without leaving half of a character', () => {
    const message = `${'m'.repeat(7_999)}\u{1f600}`;
    const failure = storableFailure({
      at: new Date(),
      errorClass: 'E'.repeat(300),
      message,
      stack: 's'.repeat(40_000),
    });
    expect(failure.message).toBe(`${'m'.repeat(7_999)}\ufffd`);
    expect([failure.errorClass.length, failure.stack?.length]).toEqual([200, 32_000]);
  });
});
