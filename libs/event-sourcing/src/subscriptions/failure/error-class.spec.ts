import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { UndecodableEventError, UnknownEventTypeError } from '../../core/index.js';
import { ConnectionLostError, ControlConnectionError } from '../../database/index.js';
import { HandlerNotAwaitedError, ProcessingTimeoutError } from '../errors.js';
import { classifyError } from './error-class.js';

/** An error as the driver throws it. */
function databaseError(code: string): Error {
  return Object.assign(new Error('of the database'), { code });
}

function raise(thrown: unknown): never {
  throw thrown;
}

/** An error of which no field can be read. */
function unreadable(): Error {
  return new Proxy(new Error('no'), { get: () => raise(new Error('unreadable')) });
}

const revoked = Proxy.revocable({}, {});
revoked.revoke();

describe('classifyError', () => {
  beforeEach(() => void jest.spyOn(Logger.prototype, 'warn').mockImplementation(() => undefined));
  afterEach(() => void jest.restoreAllMocks());

  it.each([
    ['a broken connection', new ConnectionLostError(undefined), 'infrastructure', true],
    ['a database that shuts down', databaseError('57P01'), 'infrastructure', true],
    ['too many connections', databaseError('53300'), 'infrastructure', true],
    ['a refused connection', databaseError('ECONNREFUSED'), 'infrastructure', true],
    ['a transaction that the server ended for lying idle', databaseError('25P03'), 'infrastructure', true],
    ['a control connection that is not to be had', new ControlConnectionError('so'), 'infrastructure', true],
    ['a serialization failure', databaseError('40001'), 'transient', true],
    ['a deadlock', databaseError('40P01'), 'transient', true],
    ['a lock that is taken', databaseError('55P03'), 'transient', true],
    ['a cancelled statement', databaseError('57014'), 'transient', true],
    ['a handler that took too long', new ProcessingTimeoutError('s', 1), 'transient', true],
    ['a violated constraint', databaseError('23505'), 'permanent', false],
    ['a missing table', databaseError('42P01'), 'permanent', false],
    ['a value that does not fit', databaseError('22001'), 'permanent', false],
    ['an event that cannot be decoded', new UndecodableEventError('1', 'a', 1n, 'so'), 'permanent', false],
    ['an event of an unknown type', new UnknownEventTypeError('a'), 'permanent', false],
    ['a handler that nobody could wait for', new HandlerNotAwaitedError('Orders.placed'), 'permanent', false],
    ['an error of the app', new TypeError('x is undefined'), 'application', true],
    ['what is no error', 'a text', 'unknown', true],
  ])('takes %s for what it is', (_, error, category, retryable) => {
    expect(classifyError(error)).toMatchObject({ category, retryable });
  });

  it('lets the app see an error in its own way, in full or in part', () => {
    const error = new Error('the tax office is closed');
    expect(classifyError(error, () => ({ severity: 'critical' }))).toEqual({
      category: 'application',
      severity: 'critical',
      retryable: true,
    });
    expect(classifyError(error, () => undefined)).toEqual(classifyError(error));
  });

  it('takes severity and whether to try again from the category that the app names', () => {
    expect(classifyError(new Error('no'), () => ({ category: 'permanent' }))).toEqual({
      category: 'permanent',
      severity: 'high',
      retryable: false,
    });
    expect(classifyError(new Error('no'), () => ({ category: 'permanent', retryable: true }))).toMatchObject({
      category: 'permanent',
      retryable: true,
    });
  });

  it.each([
    ['throws', () => JSON.parse('') as object],
    ['throws nothing', () => raise(undefined)],
    ['names what there is not', () => ({ category: 'odd', severity: 'worst', retryable: 'yes' })],
    ['leaves fields undefined', () => ({ category: undefined, severity: undefined, retryable: undefined })],
    ['gives a text', () => 'permanent'],
    ['gives null', () => null],
  ])('goes by its own view where that of the app %s', (_, own: () => unknown) => {
    expect(classifyError(databaseError('23505'), own as never)).toEqual({
      category: 'permanent',
      severity: 'high',
      retryable: false,
    });
  });

  it.each([
    ['nothing', undefined],
    ['null', null],
    ['an object without a prototype', Object.create(null)],
    ['an error whose fields cannot be read', unreadable()],
    ['a revoked proxy', revoked.proxy],
  ])('takes %s for unknown', (_, thrown: unknown) => {
    expect(classifyError(thrown)).toEqual({ category: 'unknown', severity: 'medium', retryable: true });
  });
});
