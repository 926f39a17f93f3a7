import { beforeEach, describe, expect, it } from '@jest/globals';
import { Instrumentation, type StoredEvent } from '../../core/index.js';
import { ConnectionLostError } from '../../database/index.js';
import { GroupFailure, HandlerFailure } from '../delivery/batch-handler.js';
import { FencedError } from '../errors.js';
import { resolveSubscriptionsOptions, type SubscriptionsOptions } from '../subscriptions.options.js';
import { BATCH_FAILED, type BatchFailed } from '../subscriptions.signals.js';
import { PartitionFailures } from './partition-failures.js';

function eventAt(position: number): StoredEvent {
  return { id: `event-${position}`, position: BigInt(position), streamId: 's-1', type: 'counted' } as StoredEvent;
}

const EVENTS = [5, 6, 7].map(eventAt);
const [FIRST, SECOND, THIRD] = EVENTS as [StoredEvent, StoredEvent, StoredEvent];
const CAUSE = new Error('no such address');
const AWAY = new ConnectionLostError(undefined);

/** Up to 9 there is nothing else that the subscription wants. */
const PAGE = { events: EVENTS, upTo: 9n, isOneByOne: false };
const ALONE = { events: [FIRST], upTo: 9n, isOneByOne: false };

function failureOn(event: StoredEvent, cause: unknown = CAUSE): HandlerFailure {
  return new HandlerFailure(event, { cause });
}

let told: BatchFailed[];

function failures(options: SubscriptionsOptions = {}): PartitionFailures {
  const instrumentation = new Instrumentation((error) => {
    throw error;
  });
  instrumentation.on(BATCH_FAILED, (fact) => told.push(fact));
  const resolved = resolveSubscriptionsOptions({ maxRetries: 2, ...options });
  return new PartitionFailures({ subscription: 'mails', partition: 0, options: resolved, instrumentation });
}

beforeEach(() => {
  told = [];
});

describe('what follows a failed page', () => {
  it('is one event after the other, up to that which failed, where others were rolled back with it', () => {
    const one = failures();
    expect(one.judge(failureOn(SECOND), PAGE)).toEqual({ next: 'singly', upTo: 6n });
    expect(one.tries).toEqual([]);
    expect(told).toMatchObject([{ eventId: 'event-6', error: CAUSE, next: 'retry', retryInMs: 0, retryCount: 0 }]);
  });

  it('is the same where the first of them failed, for it may not be its own fault alone', () => {
    const one = failures({ maxRetries: 0 });
    expect(one.judge(failureOn(FIRST), PAGE)).toEqual({ next: 'singly', upTo: 5n });
    expect(one.tries).toEqual([]);
  });

  it('is one event after the other, up to the last of those that failed together', () => {
    const one = failures({ maxRetries: 0 });
    const together = new GroupFailure([FIRST, SECOND], { cause: CAUSE });
    expect(one.judge(together, PAGE)).toEqual({ next: 'singly', upTo: 6n });
    expect(one.judge(together, { ...PAGE, isOneByOne: true })).toEqual({ next: 'singly', upTo: 6n });
    expect(one.tries).toEqual([]);
    expect(told).toMatchObject([{ error: CAUSE, eventId: undefined, next: 'retry' }, {}]);
  });

  it('is one event after the other up to the end, where nobody knows which of them it was', () => {
    expect(failures().judge(new Error('at commit'), PAGE)).toEqual({ next: 'singly', upTo: 9n });
  });

  it('is one event after the other where an event behind the first fails to be decoded, though they come one by one', () => {
    const one = failures();
    expect(one.judge(failureOn(THIRD), { ...PAGE, isOneByOne: true })).toEqual({ next: 'singly', upTo: 7n });
    expect(one.tries).toEqual([]);
  });
});

describe('what follows the failure of an event that stands alone', () => {
  it.each([
    ['that is all of the page', ALONE, 9n],
    ['that is the first of those left, and had nothing to roll back', { ...PAGE, isOneByOne: true }, 5n],
  ])('%s: as many retries as there may be, then it is put aside', (_, page, upTo) => {
    const one = failures();
    for (let tries = 1; tries <= 2; tries++) {
      expect(one.judge(failureOn(FIRST), page)).toMatchObject({ next: 'again', error: { event: FIRST, cause: CAUSE } });
      expect(one.tries).toHaveLength(tries);
    }
    const verdict = one.judge(failureOn(FIRST), page);
    expect(verdict).toEqual({ next: 'park', failure: expect.any(HandlerFailure), upTo });
    expect(verdict).toMatchObject({ failure: { event: FIRST, cause: CAUSE } });
    expect(one.tries).toHaveLength(3);
    // Whoever parks or rests tells of it.
    expect(told).toEqual([]);
  });

  it('is the end where it may not be put aside', () => {
    const one = failures({ maxRetries: 0, continueOnError: false });
    expect(one.judge(failureOn(FIRST), ALONE)).toMatchObject({ next: 'stop', failure: { event: FIRST } });
  });

  it('is no other try where that can do no better', () => {
    const never = Object.assign(new Error('of the database'), { code: '23505' });
    const one = failures();
    expect(one.judge(failureOn(FIRST, never), ALONE)).toMatchObject({ next: 'park' });
    expect(one.tries).toHaveLength(1);
  });

  it('goes by what the app says of the error', () => {
    const one = failures({ classifyError: () => ({ retryable: false }) });
    expect(one.judge(failureOn(FIRST), ALONE)).toMatchObject({ next: 'park' });
  });

  it('charges it with what no handler threw, too', () => {
    const one = failures({ maxRetries: 0 });
    const verdict = one.judge(CAUSE, ALONE);
    expect(verdict).toMatchObject({ next: 'park', failure: { event: FIRST, cause: CAUSE } });
  });

  it('forgets its tries when it is done with, or another stands there', () => {
    const one = failures({ maxRetries: 1 });
    one.judge(failureOn(FIRST), ALONE);
    one.acquit();
    expect(one.judge(failureOn(FIRST), ALONE)).toMatchObject({ next: 'again' });
    expect(one.judge(failureOn(SECOND), { ...ALONE, events: [SECOND] })).toMatchObject({ next: 'again' });
    expect(one.tries).toHaveLength(1);
  });
});

describe('a failure that is no fault of an event', () => {
  it.each([
    ['the database is away', AWAY, PAGE],
    ['the database is away within a handler', failureOn(FIRST, AWAY), ALONE],
    ['the database is away within a batch handler', new GroupFailure([FIRST, SECOND], { cause: AWAY }), PAGE],
    ['another owner has the partition', new FencedError('mails', 0, 1n), ALONE],
    ['nothing was to be delivered', CAUSE, { ...PAGE, events: [] }],
  ])('is tried again as it was, and charged to none: %s', (_, error, page) => {
    const one = failures({ maxRetries: 0, continueOnError: false });
    for (let n = 0; n < 10; n++) expect(one.judge(error, page)).toEqual({ next: 'again', error });
    expect(one.tries).toEqual([]);
  });
});

describe('the rest after a failure', () => {
  /** The longest of many, since each is drawn at random. */
  function longestRest(one: PartitionFailures, error: unknown): number {
    const rests = Array.from({ length: 500 }, () => one.restAfter(error));
    expect(Math.min(...rests)).toBeGreaterThanOrEqual(0);
    return Math.max(...rests);
  }

  it('grows to the longest that there may be, and no further', () => {
    const longest = longestRest(failures({ retryInitialDelayMs: 100, retryMaxDelayMs: 8_000 }), failureOn(FIRST));
    expect(longest).toBeLessThanOrEqual(8_000);
    expect(longest).toBeGreaterThan(6_000);
  });

  it('is five seconds at the most while the database is away', () => {
    const one = failures({ retryInitialDelayMs: 60_000, retryMaxDelayMs: 60_000 });
    for (const error of [AWAY, failureOn(FIRST, AWAY)]) {
      const longest = longestRest(one, error);
      expect(longest).toBeLessThanOrEqual(5_000);
      expect(longest).toBeGreaterThan(4_000);
    }
  });

  it('is no longer while the database is away than it would be otherwise', () => {
    expect(longestRest(failures({ retryInitialDelayMs: 10, retryMaxDelayMs: 300 }), AWAY)).toBeLessThanOrEqual(300);
  });

  it('begins short again when something went right', () => {
    const one = failures({ retryInitialDelayMs: 10, retryMaxDelayMs: 60_000 });
    for (let n = 0; n < 50; n++) one.restAfter(CAUSE);
    one.over();
    expect(one.restAfter(CAUSE)).toBeLessThanOrEqual(10);
    one.acquit();
    expect(one.restAfter(CAUSE)).toBeLessThanOrEqual(10);
    expect(told.slice(-2)).toMatchObject([{ attempt: 1 }, { attempt: 1 }]);
  });

  it('is told of with the failure, which is the last one then', () => {
    const one = failures();
    expect(one.lastError).toBeUndefined();
    one.judge(failureOn(FIRST), ALONE);
    one.restAfter(failureOn(FIRST));
    one.judge(failureOn(FIRST), ALONE);
    const retryInMs = one.restAfter(failureOn(FIRST));
    expect(one.lastError).toBe('no such address');
    expect(told).toMatchObject([
      { attempt: 1, retryCount: 0, eventId: 'event-5', next: 'retry' },
      { attempt: 2, retryCount: 1, eventId: 'event-5', next: 'retry', retryInMs },
    ]);
  });
});
