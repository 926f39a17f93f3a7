import { describe, expect, it } from '@jest/globals';
import { AssertionError } from 'node:assert';
import { NewEvent } from '../../core/index.js';
import { given } from './given.js';
import {
  Account,
  AccountCredited,
  AccountDated,
  AccountDebited,
  AccountOpened,
  Overdrawn,
  SeatsReserved,
  Undecorated,
  unmet,
} from './scenario.fixture.js';

const opened = new AccountOpened('ada');

describe('given of an aggregate', () => {
  it('is met by the events that are raised, from nothing or on what was before', async () => {
    await given(Account)
      .when((account) => account.open('ada'))
      .then([opened]);
    await given(Account, [opened, new AccountCredited(10)])
      .when((account) => account.debit(4))
      .then([new AccountDebited(4)]);
    await given(Account, [opened])
      .when((account) => account.creditLater(Promise.resolve(3)))
      .then([new AccountCredited(3)]);
  });

  it('is met by nothing where nothing is raised', async () => {
    await given(Account, [opened])
      .when(() => undefined)
      .then([]);
    const error = await unmet(
      given(Account, [opened])
        .when((account) => account.credit(1))
        .then([]),
    );
    expect(error.message).toContain('expected\n  nothing\nbut saw\n  AccountCredited { amount: 1 }');
  });

  it('says what was given, done, expected and seen, and hands both over for a difference', async () => {
    const error = await unmet(
      given(Account, [opened, new NewEvent(new AccountCredited(10))], { id: '42' })
        .when((account) => account.credit(11))
        .then([new AccountCredited(12)]),
    );
    expect(error.message).toBe(
      [
        "Given Account '42' with",
        "  AccountOpened { owner: 'ada' }",
        '  AccountCredited { amount: 10 }',
        'when',
        '  (account)=>account.credit(11)',
        'expected',
        '  AccountCredited { amount: 12 }',
        'but saw',
        '  AccountCredited { amount: 11 }',
      ].join('\n'),
    );
    expect(error).toMatchObject({
      code: 'ERR_ASSERTION',
      actual: [new AccountCredited(11)],
      expected: [new AccountCredited(12)],
    });
    expect(error.stack?.split('\n').find((line) => line.startsWith('    at'))).toContain('given.spec');
  });

  it('tells a class from another of the same fields', async () => {
    const error = await unmet(
      given(Account, [opened, new AccountCredited(10)])
        .when((account) => account.credit(1))
        .then([new AccountDebited(1)]),
    );
    expect(error.message).toContain('AccountDebited { amount: 1 }\nbut saw\n  AccountCredited { amount: 1 }');
  });

  it('gives the error of a command that was not expected to fail, as its cause too', async () => {
    const error = await unmet(
      given(Account, [opened])
        .when((account) => account.debit(1))
        .then([new AccountDebited(1)]),
    );
    expect(error.message).toContain('but it failed with\n  Error: There are only 0 left.');
    expect(error.cause).toBeInstanceOf(Overdrawn);
  });

  it.each([
    ['its class', Overdrawn],
    ['a class above', Error],
    ['a part of its message', 'only 0 left'],
    ['a pattern', /only \d left/],
    ['fields', { code: 'OVERDRAWN' }],
    ['a predicate', (error: unknown) => error instanceof Overdrawn],
  ])('knows the expected error by %s', async (_how, expected) => {
    await given(Account, [opened])
      .when((account) => account.debit(1))
      .thenFails(expected);
  });

  it.each([
    ['class', TypeError, 'an error of class TypeError'],
    ['message', 'sold out', "an error with 'sold out' in its message"],
    ['pattern', /^only/, 'an error whose message matches /^only/'],
    ['fields', { code: 'SOLD_OUT' }, "an error with { code: 'SOLD_OUT' }"],
    ['predicate', () => false, 'an error that the given function accepts'],
  ])('is not met by an error of another %s', async (_what, expected, text) => {
    const error = await unmet(
      given(Account, [opened])
        .when((account) => account.debit(1))
        .thenFails(expected),
    );
    expect(error.message).toContain(`expected\n  ${text}\nbut it failed with\n  Error: There are only 0 left.`);
    expect(error.cause).toBeInstanceOf(Overdrawn);
  });

  it.each(['', {}])('refuses to expect %p, which every error would meet', async (expected) => {
    const failed = given(Account)
      .when((account) => account.debit(1))
      .thenFails(expected);
    await expect(failed).rejects.toMatchObject({ code: 'INVALID_ARGUMENT', argument: 'expected' });
  });

  it('is not met where no error comes', async () => {
    const error = await unmet(
      given(Account, [opened])
        .when((account) => account.credit(1))
        .thenFails(Overdrawn),
    );
    expect(error.message).toContain(
      'expected\n  an error of class Overdrawn\nbut saw\n  AccountCredited { amount: 1 }',
    );
  });

  it('hands events and state over to a check', async () => {
    await given(Account, [opened, new AccountCredited(2)])
      .when((account) => account.credit(3))
      .thenSatisfies(([event], account) => {
        expect(event).toBeInstanceOf(AccountCredited);
        expect(account.balance).toBe(5);
        expect(account.version).toBe(3);
      });
    const refused = given(Account)
      .when((account) => account.credit(3))
      .thenSatisfies(() => expect(1).toBe(2));
    await expect(refused).rejects.toThrow('Expected: 2');
  });

  it('compares events as a store gives them back', async () => {
    const at = new Date('2026-03-01T12:00:00Z');
    await given(Account)
      .when((account) => account.date(at))
      .then([new AccountDated('2026-03-01T12:00:00.000Z')]);
    await given(Account)
      .when((account) => account.date(at))
      .then([new AccountDated(at)]);
  });

  it('refuses what a store would refuse, of the command and of what is given', async () => {
    await given(Account)
      .when((account) => account.credit(-1))
      .thenFails({ code: 'INVALID_EVENT', path: 'data.amount' });
    await given(Account)
      .when((account) => account.applyWrong(new Undecorated()))
      .thenFails({ code: 'UNKNOWN_EVENT_TYPE', eventType: 'Undecorated' });
    await given(Account)
      .when((account) => account.applyWrong(new AccountDated(new Map() as unknown as string)))
      .thenFails({ code: 'INVALID_EVENT', path: 'data.at' });
    const ofGiven = given(Account, [new AccountCredited(-1)])
      .when((account) => account.open('ada'))
      .thenFails({ code: 'INVALID_EVENT' });
    await expect(ofGiven).rejects.toMatchObject({ code: 'INVALID_EVENT' });
    expect(await ofGiven.catch((error: unknown) => error)).not.toBeInstanceOf(AssertionError);
  });

  it('never takes a history that cannot be applied for the failure of a command', async () => {
    const unloadable = given(Account, [opened, new AccountCredited(666)])
      .when((account) => account.credit(1))
      .thenFails(Error);
    await expect(unloadable).rejects.toMatchObject({ code: 'REPLAY', version: 2 });
  });

  it('refuses to be awaited without an expectation', async () => {
    const forgotten = (async () => given(Account).when((account) => account.open('ada')) as unknown as Promise<void>)();
    await expect(forgotten).rejects.toMatchObject({ code: 'INVALID_ARGUMENT', argument: 'then' });
  });

  it('is typed by the events that the aggregate names', () => {
    // @ts-expect-error -- no event of an account
    given(Account, [new SeatsReserved(1)]);
    const outcome = given(Account, [opened]).when((account) => account.open('ada'));
    // @ts-expect-error -- no event of an account
    const wrong = () => outcome.then([new SeatsReserved(1)]);
    expect(wrong).toBeInstanceOf(Function);
  });
});
