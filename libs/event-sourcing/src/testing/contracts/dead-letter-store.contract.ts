import { randomUUID } from 'node:crypto';
import { InvalidArgumentError, partitionSlotOf } from '../../core/index.js';
import {
  type DeadLetter,
  type DeadLetterFilter,
  DeadLetterNotFoundError,
  DeadLetterStateError,
  eventFailureOf,
} from '../../dead-letter-queue/index.js';
import { failureOf, range } from './event-storage-backend.js';
import {
  type DeadLetterStoreBackend,
  type DeadLetterTest,
  eventAt,
  positionsOf,
  scenarioOf,
  THE_ERROR,
} from './dead-letter-scenario.js';
import type { TestApi } from './test-api.js';

/** The behaviour of the dead letter store, as tests. */
export function deadLetterStoreContract(api: TestApi, backend: DeadLetterStoreBackend): void {
  const test: DeadLetterTest = (name, work) =>
    api.it(name, async () => {
      const { store, cleanup } = await backend.create();
      try {
        await work(scenarioOf(store));
      } finally {
        await cleanup();
      }
    });
  api.describe(`dead letter store, ${backend.name}`, () => {
    for (const part of [parking, redriving, closing, looking]) part(api, test);
  });
}

function parking({ expect }: TestApi, test: DeadLetterTest): void {
  test('keeps all that is known of a failed event, whatever its error says', async ({ store }) => {
    const event = eventAt('parcel-a', 7, { id: randomUUID(), tenantId: 'acme' });
    const at = new Date('2025-01-02T03:04:05.006Z');
    const failures = [THE_ERROR, eventFailureOf(new TypeError('bad \u0000 \ud800'), at)];
    const { letter, parked } = await store.park({ subscription: 'sub', partition: 3, event, failures });
    const { id: eventId, ...rest } = event;
    const error = { errorClass: 'TypeError', message: 'bad \ufffd \ufffd' };
    const first = { at: THE_ERROR.at, errorClass: 'RangeError', message: 'out of stock', kind: 'handling' };
    const attempts = [first, { at, ...error, kind: 'handling' }];
    expect(parked).toBe(true);
    expect(letter).toMatchObject({ subscription: 'sub', partition: 3, eventId, ...rest, ...error, attempts });
    expect(letter).toMatchObject({ reason: 'failed', state: 'parked', note: undefined });
    expect(letter.stack?.includes('dead-letter-store.contract')).toBe(true);
    expect(letter.parkedAt).toBeInstanceOf(Date);
    expect(letter.id.charAt(14)).toBe('7');
    expect(await store.get(letter.id)).toEqual(letter);
  });

  test('keeps one letter of an event, however many park it at once', async ({ store, fail }) => {
    const toPark = { subscription: 'sub', partition: 0, event: eventAt('parcel-a', 1), failures: [THE_ERROR] };
    const outcomes = await Promise.all(range(1, 20).map(() => store.park(toPark)));
    expect(outcomes.filter(({ parked }) => parked).length).toBe(1);
    expect(new Set(outcomes.map(({ letter }) => letter.id)).size).toBe(1);
    expect(outcomes.every(({ letter }) => letter.attempts.length === 1)).toBe(true);
    await fail('parcel-a', 1, { subscription: 'other' });
    expect((await store.list({}, undefined, 10)).letters.length).toBe(2);
  });

  test('opens the closed letter of an event again, so that a rebuild loses nothing', async ({ store, fail }) => {
    const { id } = await fail('parcel-a', 1);
    await store.close(id, 'resolved', 'by hand');
    const again = await fail('parcel-a', 1);
    expect(again).toMatchObject({ id, state: 'parked', note: 'by hand' });
    expect(again.attempts.length).toBe(2);
    expect((await store.list({}, undefined, 10)).letters).toEqual([again]);
  });

  test('says which streams have open letters, by subscription', async ({ store, fail, park }) => {
    const blocked = async (subscription: string) =>
      [...(await store.blockedStreams(subscription, ['parcel-a', 'parcel-b', 'parcel-z'])).streams].sort();
    const [first] = (await park('a1! b2! c3!')) as [DeadLetter];
    await store.requestRedrive({ streamId: 'parcel-b' });
    await fail('parcel-z', 4, { subscription: 'other' });
    expect(await blocked('sub')).toEqual(['parcel-a', 'parcel-b']);
    expect(await blocked('other')).toEqual(['parcel-z']);
    const of = (subscription: string) => store.blockedStreams(subscription, ['parcel-y']);
    expect(await of('sub')).toEqual({ streams: new Set(), hasOpenLetters: true });
    expect(await of('none')).toEqual({ streams: new Set(), hasOpenLetters: false });
    await store.close(first.id, 'discarded');
    expect(await blocked('sub')).toEqual(['parcel-b']);
  });

  test('an event that queues waits as the letter before it does, if there is one', async ({ store, park, states }) => {
    const [, queued] = await park('a1! a2 b4');
    expect(queued).toMatchObject({ reason: 'queued-behind', attempts: [], errorClass: undefined });
    expect(await states()).toBe('1:parked 2:parked 4:redriving');
    await store.requestRedrive({ streamId: 'parcel-a' });
    await park('a3 b5! b6');
    expect(await states()).toBe('1:redriving 2:redriving 3:redriving 4:redriving 5:parked 6:parked');
  });
}

function redriving({ expect }: TestApi, test: DeadLetterTest): void {
  test('takes earlier letters of the stream along, in order', async ({ store, fail, park, next, states }) => {
    const { id } = (await park('a5! a1! a3! b2!'))[2] as DeadLetter;
    await fail('parcel-a', 2, { subscription: 'other' });
    expect(await store.requestRedrive({ id })).toBe(2);
    expect(await states()).toBe('1:redriving 2:parked 2:parked 3:redriving 5:parked');
    expect(await next()).toBe('1 3');
    expect(await next(1)).toBe('1');
    expect(await store.requestRedrive({ id })).toBe(0);
    expect(await store.requestRedrive({})).toBe(3);
    expect(await next()).toBe('1 2 3 5');
  });

  test('is asked for by any of the filters, or by several at once', async ({ store, fail }) => {
    await fail('parcel-a', 1, { type: 'x', tenantId: 't1' });
    await fail('parcel-b', 2, { type: 'x', tenantId: 't2' });
    await fail('parcel-c', 3, { subscription: 'other', failures: [eventFailureOf(new TypeError('no'))] });
    await fail('parcel-d', 4);
    expect(await store.requestRedrive({ type: 'x', tenantId: 't2' })).toBe(1);
    expect(await store.requestRedrive({ subscription: 'sub', errorClass: 'TypeError' })).toBe(0);
    expect(await store.requestRedrive({ errorClass: 'TypeError' })).toBe(1);
    expect(await store.requestRedrive({ streamId: 'parcel-d' })).toBe(1);
    expect(await store.requestRedrive({ subscription: 'sub' })).toBe(1);
  });

  test('counts each letter for one of the requests that come at once', async ({ store, fail, next }) => {
    for (const position of range(1, 30)) await fail(`parcel-${position % 3}`, position);
    const counts = await Promise.all(range(1, 10).map((n) => store.requestRedrive({ streamId: `parcel-${n % 3}` })));
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(30);
    expect(await next()).toBe(range(1, 30).join(' '));
  });

  test('divides streams between partitions by their slot, wherever they were parked', async ({ store, fail }) => {
    for (const position of range(1, 12)) await fail(`parcel-${position}`, position, { partition: 9 });
    await store.requestRedrive({});
    for (const index of range(0, 2)) {
      const letters = await store.nextRedriving('sub', { index, count: 3 }, 100);
      const own = range(1, 12).filter((position) => partitionSlotOf(`parcel-${position}`) % 3 === index);
      expect(positionsOf(letters)).toBe(own.join(' '));
    }
  });

  test('is tried again, or waits with all that is behind it', async ({ store, park, next, states }) => {
    const { id } = (await park('a1! a2 a3 b4! a5'))[1] as DeadLetter;
    await store.requestRedrive({ streamId: 'parcel-b' });
    await store.requestRedrive({ id });
    expect(await states()).toBe('1:redriving 2:redriving 3:parked 4:redriving 5:parked');
    await store.requestRedrive({ subscription: 'sub', type: 'sent' });
    await store.recordAttempt(id, eventFailureOf(new TypeError('once')), 'redriving');
    expect(await next()).toBe('1 2 3 4 5');
    await store.recordAttempt(id, eventFailureOf(new SyntaxError('twice')), 'parked');
    expect(await states()).toBe('1:redriving 2:parked 3:parked 4:redriving 5:parked');
    const letter = (await store.get(id)) as DeadLetter;
    expect(letter).toMatchObject({ reason: 'failed', errorClass: 'SyntaxError', message: 'twice' });
    expect(letter.attempts.map(({ kind, message }) => [kind, message].join())).toEqual([
      'redrive,once',
      'redrive,twice',
    ]);
    const refused = await failureOf(store.recordAttempt(id, THE_ERROR, 'parked'));
    expect(refused).toMatchObject({ state: 'parked', wanted: 'parked', allowed: ['redriving'] });
  });

  test('hands nothing out before its turn, where an earlier event is parked later', async ({ store, park, next }) => {
    await park('a5!');
    await store.requestRedrive({});
    await park('a3!');
    expect(await next()).toBe('');
    await store.requestRedrive({ streamId: 'parcel-a' });
    expect(await next()).toBe('3 5');
  });
}

function closing({ expect }: TestApi, test: DeadLetterTest): void {
  test('releases what only queued behind, up to the next that has failed itself', async ({ store, park, states }) => {
    const [first, , , fourth] = (await park('a1! a2 a3 a4! a5 b6!')) as [DeadLetter, unknown, unknown, DeadLetter];
    expect((await store.close(fourth.id, 'discarded', 'not needed')).released).toBe(0);
    expect(await states()).toBe('1:parked 2:parked 3:parked 4:discarded 5:parked 6:parked');
    await park('a4!');
    expect(await store.close(first.id, 'resolved')).toMatchObject({ released: 2, letter: { state: 'resolved' } });
    expect(await states()).toBe('1:resolved 2:redriving 3:redriving 4:parked 5:parked 6:parked');
    expect(await store.get(fourth.id)).toMatchObject({ note: 'not needed' });
  });

  test('is refused where it is done already, and says what is allowed', async ({ store, fail }) => {
    const { id } = await fail('parcel-a', 1);
    const closings = await Promise.allSettled(range(1, 10).map(() => store.close(id, 'resolved')));
    expect(closings.filter(({ status }) => status === 'fulfilled').length).toBe(1);
    const allowed = ['parked', 'redriving'];
    const [discarding, asking] = [store.close(id, 'discarded'), store.requestRedrive({ id })].map(failureOf);
    expect(await discarding).toBeInstanceOf(DeadLetterStateError);
    expect(await discarding).toMatchObject({ deadLetterId: id, state: 'resolved', wanted: 'discarded', allowed });
    expect(await asking).toMatchObject({ deadLetterId: id, state: 'resolved', wanted: 'redriving', allowed });
  });

  test('of all that a subscription has open, at once, leaves other letters alone', async ({
    store,
    fail,
    park,
    next,
  }) => {
    const [first, , redriving, closed] = await park('a1! a2 b3! c4! d5!');
    const other = await fail('parcel-a', 6, { subscription: 'other' });
    await store.requestRedrive({ id: redriving?.id });
    await store.close(closed?.id ?? '', 'resolved', 'by hand');
    expect(await store.discardAll('sub', 'rebuilt')).toBe(4);
    expect(await store.get(first?.id ?? '')).toMatchObject({ state: 'discarded', note: 'rebuilt' });
    expect(await store.get(closed?.id ?? '')).toMatchObject({ state: 'resolved', note: 'by hand' });
    expect(await store.get(other.id)).toEqual(other);
    expect(await next()).toBe('');
    expect(await store.blockedStreams('sub', ['parcel-a', 'parcel-b'])).toEqual({
      streams: new Set(),
      hasOpenLetters: false,
    });
    expect([await store.discardAll('sub'), await store.discardAll('none')]).toEqual([0, 0]);
    const again = await fail('parcel-a', 1);
    expect([again.id, again.state, again.attempts.length]).toEqual([first?.id, 'parked', 2]);
  });

  test('and all else is refused for a letter that there is not', async ({ store }) => {
    const id = randomUUID();
    expect(await store.get(id)).toBe(undefined);
    const [closing, asking] = [store.close(id, 'resolved'), store.requestRedrive({ id })];
    const errors = await Promise.all([closing, asking, store.recordAttempt(id, THE_ERROR, 'parked')].map(failureOf));
    for (const error of errors) expect(error).toBeInstanceOf(DeadLetterNotFoundError);
  });
}

function looking({ expect }: TestApi, test: DeadLetterTest): void {
  test('lists newest first, in pages that are stable while letters come and change', async ({ store, fail, park }) => {
    await park('a1! b2! c3! d4! e5! f6! g7!');
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await store.list({}, cursor, 3);
      seen.push(positionsOf(page.letters));
      cursor = page.nextCursor;
      await fail('parcel-a', 10 + seen.length);
      await store.close((page.letters[0] as DeadLetter).id, 'discarded');
    } while (cursor !== undefined);
    expect(seen).toEqual(['7 6 5', '4 3 2', '1']);
    expect(await failureOf(store.list({}, 'no-cursor', 3))).toBeInstanceOf(InvalidArgumentError);
    expect((await store.list({ state: 'discarded' }, undefined, 3)).nextCursor).toBe(undefined);
  });

  test('lists by any of the filters, or by several at once', async ({ store, fail }) => {
    await fail('parcel-a', 1, { type: 'x', tenantId: 't1' });
    await fail('parcel-b', 2, { type: 'y', subscription: 'other' });
    await fail('parcel-c', 3, { type: 'x', failures: [eventFailureOf(new TypeError('no'))] });
    await store.requestRedrive({ streamId: 'parcel-c' });
    const found = async (filter: DeadLetterFilter) => positionsOf((await store.list(filter, undefined, 9)).letters);
    expect(await found({ subscription: 'other' })).toBe('2');
    expect(await found({ state: 'redriving' })).toBe('3');
    expect(await found({ streamId: 'parcel-a' })).toBe('1');
    expect(await found({ type: 'x' })).toBe('3 1');
    expect(await found({ errorClass: 'RangeError' })).toBe('2 1');
    expect(await found({ tenantId: 't1' })).toBe('1');
    expect(await found({ tenantId: 't1', type: 'y' })).toBe('');
  });

  test('counts by state and subscription', async ({ store, fail, park }) => {
    const none = { parked: 0, redriving: 0, resolved: 0, discarded: 0, oldestAt: undefined };
    expect(await store.stats()).toEqual({ ...none, affectedSubscriptions: 0, bySubscription: {} });
    const [closed, oldest] = (await park('a1! b2! d4!')) as [DeadLetter, DeadLetter];
    const done = await fail('parcel-c', 3, { subscription: 'other' });
    await store.requestRedrive({ streamId: 'parcel-d' });
    await store.close(closed.id, 'resolved');
    await store.close(done.id, 'discarded');
    const sub = { parked: 1, redriving: 1, resolved: 1, discarded: 0, oldestAt: oldest.parkedAt };
    const bySubscription = { sub, other: { ...none, discarded: 1 } };
    expect(await store.stats()).toEqual({ ...sub, discarded: 1, affectedSubscriptions: 1, bySubscription });
  });

  test('purges what was closed before a time, nothing that is open', async ({ store, park, states }) => {
    const [first, second, third] = (await park('a1! b2! c3! d4! e5!')) as [DeadLetter, DeadLetter, DeadLetter];
    for (const { id } of [first, third]) await store.close(id, 'resolved');
    await store.close(second.id, 'discarded');
    await store.requestRedrive({ streamId: 'parcel-e' });
    const resolvedBefore = new Date(Date.now() + 60_000);
    expect(await store.purge({ resolvedBefore: new Date(0) })).toBe(0);
    expect(await store.purge({ resolvedBefore, limit: 1 })).toBe(1);
    expect(await states()).toBe('2:discarded 3:resolved 4:parked 5:redriving');
    expect(await store.purge({ resolvedBefore })).toBe(2);
    expect(await states()).toBe('4:parked 5:redriving');
  });
}
