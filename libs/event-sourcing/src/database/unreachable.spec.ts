import { describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { QueryFailedError } from 'typeorm';
import {
  ConnectionLostError,
  ControlConnectionError,
  DatabaseUnreachableError,
  PoolTimeoutError,
  SchemaOutdatedError,
} from './errors.js';
import { isConnectionError } from './sqlstate.js';
import { isDatabaseUnreachable } from './unreachable.js';

const system = (code: string, syscall?: string): Error =>
  Object.assign(new Error(`failed: ${code}`), { code, syscall });
const server = (code: string): Error => Object.assign(new pg.DatabaseError('refused', 7, 'error'), { code });
const failedQuery = (error: Error): QueryFailedError => new QueryFailedError('select 1', [], error);

/** As the operating system, the server and `pg` have them. */
const RAW: readonly (readonly [string, Error])[] = [
  ...['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'ENOTFOUND', 'EAI_AGAIN'].map(
    (code) => [code, system(code)] as const,
  ),
  ['a socket file that is not there', system('ENOENT', 'connect')],
  ['an address that there is none of', system('EADDRNOTAVAIL', 'connect')],
  ...['08000', '08001', '08003', '08006', '57P01', '57P02', '57P03', '53300', '25P03'].map(
    (code) => [code, server(code)] as const,
  ),
  ...[
    'Connection terminated',
    'Connection terminated unexpectedly',
    'Connection terminated due to connection timeout',
    'Client has encountered a connection error and is not queryable',
    'Client was closed and is not queryable',
    'timeout exceeded when trying to connect',
    'timeout expired',
  ].map((message) => [message, new Error(message)] as const),
];

const AWAY: readonly (readonly [string, Error])[] = [
  ...RAW,
  ['a connection lost in a transaction', new ConnectionLostError(new Error('its query runner has been released'))],
  ['a control connection that is not there', new ControlConnectionError('it cannot be opened')],
  ['a pool without a free connection', new PoolTimeoutError(2, 500, new Error('timeout'))],
];

const refusedTwice = [system('EADDRNOTAVAIL', 'connect'), system('ECONNREFUSED', 'connect')];

const NOT_AWAY: readonly (readonly [string, unknown])[] = [
  ['a constraint', failedQuery(server('23505'))],
  ['a statement that was cancelled', server('57014')],
  ['a login that was refused', server('28P01')],
  ['a database that does not exist', server('3D000')],
  ['a file that is not there', system('ENOENT', 'open')],
  ['a schema that lacks migrations', new SchemaOutdatedError('tidemark', ['0001'])],
  ['any other error', new Error('the order has been shipped')],
  ['errors of which one is another', new AggregateError([...refusedTwice, new Error('x')])],
  ['no errors in one', new AggregateError([])],
  ['nothing', undefined],
  ['null', null],
  ['a text', 'ECONNREFUSED'],
  ['a number', 57],
  ['an object with nothing in it', {}],
];

describe('isDatabaseUnreachable', () => {
  it.each(AWAY)('knows %s', (_name, error) => {
    expect(isDatabaseUnreachable(error)).toBe(true);
    expect(isConnectionError(error)).toBe(true);
  });

  it.each(RAW)('knows it from TypeORM: %s', (_name, error) => {
    expect(isDatabaseUnreachable(failedQuery(error))).toBe(true);
  });

  it.each(AWAY)('knows it as the cause of the cause: %s', (_name, cause) => {
    const error = new Error('the order could not be placed', { cause: new Error('not saved', { cause }) });
    expect(isDatabaseUnreachable(error)).toBe(true);
    // What a handler makes of an error is no trouble with the database, as far as its retries go.
    expect(isConnectionError(error)).toBe(false);
  });

  it('knows the errors of all addresses of a host in one, with and without a code', () => {
    const all = new AggregateError(refusedTwice);
    for (const error of [all, Object.assign(new AggregateError(refusedTwice), { code: 'EADDRNOTAVAIL' })]) {
      expect([isDatabaseUnreachable(error), isConnectionError(error)]).toEqual([true, true]);
    }
    expect(isDatabaseUnreachable(new Error('no answer', { cause: all }))).toBe(true);
  });

  it('knows what the app meets at its start', () => {
    expect(isDatabaseUnreachable(new DatabaseUnreachableError(500, system('ECONNREFUSED', 'connect')))).toBe(true);
  });

  it.each(NOT_AWAY)('is not taken in by %s', (_name, error) => {
    expect(isDatabaseUnreachable(error)).toBe(false);
    expect(isDatabaseUnreachable(new Error('not saved', { cause: error }))).toBe(false);
  });

  it('is not taken in by a fetch of another server', () => {
    const failed = new TypeError('fetch failed', { cause: system('ECONNREFUSED', 'connect') });
    expect(isDatabaseUnreachable(failed)).toBe(false);
    expect(isDatabaseUnreachable(new Error('not paid', { cause: failed }))).toBe(false);
  });

  it('comes to an end with causes that go round', () => {
    const [first, second] = [new Error('first'), new Error('second')];
    first.cause = second;
    second.cause = first;
    expect(isDatabaseUnreachable(first)).toBe(false);
  });
});
