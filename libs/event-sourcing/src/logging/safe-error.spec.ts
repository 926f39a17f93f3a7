import { describe, expect, it } from '@jest/globals';
import { safeErrorOf, safeText } from './safe-error.js';

const SECRET = 'geheim-4711';

describe('safeErrorOf', () => {
  it('says class, message, code and constraint, and nothing that the error carries along', () => {
    const error = Object.assign(new RangeError('no room'), {
      code: '23505',
      constraint: 'notes_pkey',
      detail: `Key (text)=(${SECRET}) already exists.`,
      where: SECRET,
      internalQuery: SECRET,
      query: SECRET,
      parameters: [SECRET],
      driverError: { detail: SECRET },
      cause: new Error(SECRET),
    });
    const safe = safeErrorOf(error);
    expect(safe).toEqual({
      type: 'RangeError',
      message: 'no room',
      code: '23505',
      constraint: 'notes_pkey',
      stack: expect.stringMatching(/^RangeError: no room\n +at /),
    });
    expect(JSON.stringify(safe)).not.toContain(SECRET);
  });

  it.each(['22P02', '22003', '22007'])('leaves out the value that PostgreSQL quotes (%s)', (code) => {
    const given = `invalid input "${SECRET}" with "quotes" in it`;
    const { message, stack } = safeErrorOf(Object.assign(new Error(given), { code }));
    expect(message).toBe('invalid input "…" in it');
    expect(stack).toMatch(/^Error: invalid input "…" in it\n/);
  });

  it('keeps names that PostgreSQL quotes in other errors', () => {
    const given = 'relation "notes" does not exist';
    expect(safeErrorOf(Object.assign(new Error(given), { code: '42P01' })).message).toBe(given);
  });

  it('leaves credentials out of message and stack', () => {
    const safe = safeErrorOf(new Error(`no way to postgres://ada:${SECRET}@db.example/notes`));
    expect(safe.message).toBe('no way to postgres://***@db.example/notes');
    expect(safe.stack).not.toContain(SECRET);
  });

  it.each([['a text'], [undefined], [null], [7], [{ message: 'like one' }]])(
    'takes %p, which is no error',
    (thrown) => {
      expect(safeErrorOf(thrown)).toEqual({ type: typeof thrown, message: `${thrown as string}` });
    },
  );

  it('survives what throws when it is looked at', () => {
    const hostile = new Proxy(new Error('x'), {
      get: () => {
        throw new Error('no');
      },
    });
    expect(safeErrorOf(hostile).message).toBe('something that has no text was thrown');
  });
});

describe('safeText', () => {
  it.each([
    ['redis://:pa%20ss@cache:6379', 'redis://***@cache:6379'],
    ['see https://example.com/a@b?c=d', 'see https://example.com/a@b?c=d'],
    ['host=db password=geheim user=ada', 'host=db password=*** user=ada'],
    ["password: 'a b c', next", 'password: ***, next'],
    ['the password is wrong', 'the password is wrong'],
  ])('makes %p into %p', (text, safe) => {
    expect(safeText(text)).toBe(safe);
  });
});
