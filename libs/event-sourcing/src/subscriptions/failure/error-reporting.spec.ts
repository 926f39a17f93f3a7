import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { Instrumentation } from '../../core/index.js';
import { DEAD_LETTER_PARKED } from '../../dead-letter-queue/index.js';
import { BATCH_FAILED, type BatchFailed } from '../subscriptions.signals.js';
import type { ErrorCategory, ErrorSeverity } from './error-class.js';
import type { ErrorInfo } from './error-info.js';
import { ErrorReporting } from './error-reporting.js';

class Reporting extends ErrorReporting {
  end(): void {
    this.endReporting();
  }
}

function start(names: readonly string[] = ['sub']) {
  const instrumentation = new Instrumentation();
  const time = { now: 0 };
  const reporting = new (Reporting as unknown as new (parts: object) => Reporting)({
    instrumentation,
    names: () => names,
    clock: () => time.now,
  });
  return { instrumentation, reporting, time, fail: (change?: Partial<BatchFailed>) => fail(instrumentation, change) };
}

function fail(instrumentation: Instrumentation, change: Partial<BatchFailed> = {}): BatchFailed {
  const fact: BatchFailed = {
    subscription: 'sub',
    partition: 0,
    during: 'delivery',
    error: new RangeError('no'),
    eventId: 'e1',
    eventType: 'sent',
    position: 7n,
    streamId: 'parcel-1',
    correlationId: 'c1',
    category: 'application',
    severity: 'medium',
    retryable: true,
    attempt: 3,
    retryCount: 2,
    next: 'retry',
    retryInMs: 5,
    deadLetterId: undefined,
    at: new Date(1_000),
    ...change,
  };
  instrumentation.emit(BATCH_FAILED, fact);
  return fact;
}

function raise(thrown: unknown): never {
  throw thrown;
}

function park(instrumentation: Instrumentation, subscription = 'sub'): void {
  const event = { eventId: 'e', position: 1n, streamId: 's-1', type: 't', correlationId: 'c1' };
  instrumentation.emit(DEAD_LETTER_PARKED, {
    ...event,
    subscription,
    partition: 0,
    reason: 'failed',
    errorClass: 'Error',
  });
}

describe('the callbacks of failures', () => {
  let logged: string[];

  beforeEach(() => {
    logged = [];
    jest.spyOn(Logger.prototype, 'error').mockImplementation((line: unknown) => void logged.push(String(line)));
  });

  afterEach(() => void jest.restoreAllMocks());

  it('tell all that is known of a failure, and no more', () => {
    const { reporting, fail } = start();
    const told: ErrorInfo[] = [];
    reporting.onError((info) => told.push(info));
    const { partition, during, attempt, next, retryInMs, correlationId, ...info } = fail({
      deadLetterId: 'd1',
      next: 'park',
    });
    expect([partition, during, attempt, next, retryInMs, correlationId]).toHaveLength(6);
    expect(told).toEqual([info]);
    expect(Object.isFrozen(told[0])).toBe(true);
  });

  it.each([
    ['low', 'low medium high critical'],
    ['medium', 'medium high critical'],
    ['high', 'high critical'],
    ['critical', 'critical'],
  ] as const)('by severity tell of what is at least %s', (least, expected) => {
    const { reporting, fail } = start();
    const told: ErrorSeverity[] = [];
    reporting.onErrorSeverity(least, ({ severity }) => told.push(severity));
    for (const severity of ['low', 'medium', 'high', 'critical'] as const) fail({ severity });
    expect(told.join(' ')).toBe(expected);
  });

  it('by category tell of that alone', () => {
    const { reporting, fail } = start();
    const told: ErrorCategory[] = [];
    reporting.onErrorCategory('infrastructure', ({ category }) => told.push(category));
    for (const category of ['transient', 'permanent', 'infrastructure', 'application', 'unknown'] as const) {
      fail({ category });
    }
    expect(told).toEqual(['infrastructure']);
  });

  it('end where their function is called, twice included, and leave the others', () => {
    const { reporting, fail } = start();
    const listener = jest.fn();
    const endings = [
      reporting.onError(listener),
      reporting.onErrorCategory('application', listener),
      reporting.onErrorSeverity('low', listener),
    ];
    const other = jest.fn();
    reporting.onError(other);
    fail();
    expect(listener).toHaveBeenCalledTimes(3);
    for (const end of [...endings, ...endings]) end();
    fail();
    expect(listener).toHaveBeenCalledTimes(3);
    expect(other).toHaveBeenCalledTimes(2);
  });

  it('may come and go while they are told', () => {
    const { reporting, fail } = start();
    const late = jest.fn();
    const end = reporting.onError(() => {
      end();
      reporting.onError(late);
    });
    const other = jest.fn();
    reporting.onError(other);
    fail();
    expect(late).not.toHaveBeenCalled();
    fail();
    expect([late.mock.calls.length, other.mock.calls.length]).toEqual([1, 2]);
  });

  it('harm nobody where they throw or reject, and what they did is logged', async () => {
    const { reporting, fail } = start();
    const unhandled = jest.fn();
    process.on('unhandledRejection', unhandled);
    reporting.onError(() => {
      throw new Error('thrown');
    });
    reporting.onError(() => Promise.reject(new Error('rejected')));
    reporting.onError(async () => raise(null));
    reporting.onError(() => ({
      get then() {
        throw new Error('no promise');
      },
    }));
    const other = jest.fn();
    reporting.onError(other);
    fail();
    // Rejections that nobody handles are told of when the microtasks are done, before the next macrotask.
    await new Promise(setImmediate);
    process.off('unhandledRejection', unhandled);
    expect(unhandled).not.toHaveBeenCalled();
    expect(other).toHaveBeenCalledTimes(1);
    expect(logged.sort()).toEqual(
      ['no promise', 'null', 'rejected', 'thrown'].map((why) => `A listener of errors failed: ${why}`),
    );
    expect(reporting.getErrorStats().totalErrors).toBe(1);
  });

  it('are no longer told after the end, nor is anything counted, and nothing listens', () => {
    const { reporting, fail, instrumentation } = start();
    const listener = jest.fn();
    reporting.onError(listener);
    fail();
    reporting.end();
    fail();
    expect(listener).toHaveBeenCalledTimes(1);
    expect(reporting.getErrorStats().totalErrors).toBe(1);
    expect([BATCH_FAILED, DEAD_LETTER_PARKED].map((signal) => instrumentation.hasListeners(signal))).toEqual([
      false,
      false,
    ]);
  });

  it('are refused where they cannot work', () => {
    const { reporting } = start();
    const none = () => undefined;
    expect(() => reporting.onError('x' as never)).toThrow(expect.objectContaining({ argument: 'listener' }));
    expect(() => reporting.onErrorCategory('odd' as never, none)).toThrow(
      "There is no category 'odd'; give infrastructure, transient, permanent, application, unknown.",
    );
    expect(() => reporting.onErrorSeverity('worst' as never, none)).toThrow(
      "There is no leastSeverity 'worst'; give low, medium, high, critical.",
    );
  });
});

describe('the statistics of failures', () => {
  it('count by subscription, category and class, and name subscriptions without any', () => {
    const { reporting, fail, instrumentation, time } = start(['sub', 'quiet']);
    fail({ category: 'transient', next: 'retry', at: new Date(1_000) });
    fail({ category: 'permanent', next: 'park', error: new TypeError('no'), at: new Date(2_000) });
    park(instrumentation);
    park(instrumentation);
    fail({ category: 'infrastructure', error: 'text', at: new Date(3_000) });
    fail({ subscription: 'other', next: 'stop', at: new Date(4_000) });
    const none = { transient: 0, permanent: 0, infrastructure: 0, application: 0, unknown: 0 };
    const sub = {
      totalErrors: 3,
      transientErrors: 1,
      permanentErrors: 1,
      retriedErrors: 2,
      deadLetters: 2,
      errorsByType: { RangeError: 1, TypeError: 1, string: 1 },
      errorsByCategory: { ...none, transient: 1, permanent: 1, infrastructure: 1 },
      firstErrorAt: new Date(1_000),
      lastErrorAt: new Date(3_000),
      errorRatePerMinute: 3,
    };
    const stats = reporting.getErrorStats();
    expect(stats).toMatchObject({ totalErrors: 4, totalDeadLetters: 2 });
    expect(Object.keys(stats.subscriptions).sort()).toEqual(['other', 'quiet', 'sub']);
    expect(stats.subscriptions.sub).toEqual(sub);
    expect(stats.subscriptions.quiet).toEqual({
      totalErrors: 0,
      transientErrors: 0,
      permanentErrors: 0,
      retriedErrors: 0,
      deadLetters: 0,
      errorsByType: {},
      errorsByCategory: none,
      firstErrorAt: undefined,
      lastErrorAt: undefined,
      errorRatePerMinute: 0,
    });
    expect(stats.subscriptions.other).toMatchObject({ totalErrors: 1, retriedErrors: 0 });
    time.now = 60_000;
    expect(reporting.getErrorStats().subscriptions.sub).toEqual({ ...sub, errorRatePerMinute: 0 });
  });

  it('take no more room for errors of ever other classes', () => {
    const { reporting, fail } = start();
    for (let n = 0; n < 1_000; n++) fail({ error: Object.assign(new Error('no'), { name: `Error${n}` }) });
    fail({ error: Object.assign(new Error('no'), { name: 'Error7' }) });
    const { errorsByType } = reporting.getErrorStats().subscriptions.sub ?? {};
    expect(Object.keys(errorsByType ?? {})).toHaveLength(51);
    expect(errorsByType).toMatchObject({ Error0: 1, Error7: 2, Error49: 1, other: 950 });
  });

  it('give copies', () => {
    const { reporting, fail } = start();
    fail();
    const { errorsByType } = reporting.getErrorStats().subscriptions.sub as { errorsByType: Record<string, number> };
    errorsByType.RangeError = 9;
    expect(reporting.getErrorStats().subscriptions.sub?.errorsByType).toEqual({ RangeError: 1 });
  });
});
