import { describe, expect, it } from '@jest/globals';
import { describeError } from './error-description.js';

class OutOfStock extends Error {}

const NO_TEXT = 'something that has no text was thrown';

/** An error of which a field cannot be read. */
function unreadable(field: 'name' | 'message' | 'stack' | 'constructor'): Error {
  return Object.defineProperty(new RangeError('no'), field, {
    get: () => {
      throw new Error('unreadable');
    },
  });
}

const revoked = Proxy.revocable({}, {});
revoked.revoke();

describe('describeError', () => {
  it.each([
    ['an error', new TypeError('no'), 'TypeError', 'no'],
    ['a class without a name of its own', new OutOfStock('none left'), 'OutOfStock', 'none left'],
    ['a plain error', new Error('no'), 'Error', 'no'],
    ['a text', 'no', 'string', 'no'],
    ['nothing', undefined, 'undefined', 'undefined'],
    ['null', null, 'object', 'null'],
    ['a symbol', Symbol('no'), 'symbol', 'Symbol(no)'],
    ['an object without a prototype', Object.create(null), 'object', NO_TEXT],
    ['a revoked proxy', revoked.proxy, 'object', NO_TEXT],
    ['an error whose name is a number', Object.assign(new OutOfStock('no'), { name: 7 }), 'OutOfStock', 'no'],
    ['an error whose message is no text', Object.assign(new Error(), { message: 7 }), 'Error', '7'],
    ['an error without a constructor', Object.assign(new Error('no'), { constructor: undefined }), 'Error', 'no'],
    ['an error without a readable name', unreadable('name'), 'RangeError', 'no'],
    ['an error without a readable message', unreadable('message'), 'RangeError', NO_TEXT],
    ['an error without a readable stack', unreadable('stack'), 'RangeError', 'no'],
    ['an error without a readable constructor', unreadable('constructor'), 'RangeError', 'no'],
  ])('says what it can of %s', (_, thrown: unknown, errorClass, message) => {
    expect(describeError(thrown)).toMatchObject({ errorClass, message });
  });

  it('gives the stack only where it is a text', () => {
    const error = new Error('no');
    expect(describeError(error).stack).toBe(error.stack);
    expect(describeError(Object.assign(new Error('no'), { stack: [] })).stack).toBeUndefined();
    expect(describeError('no').stack).toBeUndefined();
  });
});
