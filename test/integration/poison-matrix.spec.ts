import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { getDataSourceToken } from '@nestjs/typeorm';
import type { DeadLetter, RecordedEvent } from '@tidemark/event-sourcing';
import type { DataSource } from 'typeorm';
import { eventually } from '../support/eventually.js';
import {
  noteSeen,
  type ObservedApp,
  SEEN_TABLE,
  seenBy,
  startObservedApp,
  subscriptionOf,
} from '../support/observed-app.js';
import { Counted } from '../support/postgres-store.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

const POISON = 4;
const ALL = [1, 2, 3, 4].flatMap((version) => [0, 1, 2].map((stream) => `s-${stream}@${version}`));
const BEFORE = ALL.slice(0, POISON);
const UNBLOCKED = ALL.filter((event) => !event.startsWith('s-1@') || event === 's-1@1');
const STREAM = ALL.filter((event) => event.startsWith('s-1@'));

class PoisonError extends Error {}

interface Case {
  readonly when: string;
  readonly batchSize: number;
  readonly live: boolean;
  readonly kind: 'projection' | 'subscriber';
}

const CASES = [
  { when: 'catching up', batchSize: 1, live: false },
  { when: 'live', batchSize: 1, live: true },
  { when: 'in the middle of a batch', batchSize: 12, live: false },
].flatMap((when) => (['projection', 'subscriber'] as const).map((kind): Case => ({ ...when, kind })));

describe.each(CASES)('a $kind that meets a poisoned event $when', ({ batchSize, live, kind }) => {
  let database: TestDatabase;
  let dataSource: DataSource;
  let poison: boolean;
  let one: ObservedApp;

  beforeEach(async () => {
    poison = true;
    database = await createTestDatabase();
    const client = await database.client();
    await client.query(SEEN_TABLE);
    await client.end();
  });

  afterEach(async () => {
    await one.app.close();
    await database.drop();
  });

  async function handle(event: RecordedEvent, manager = dataSource.manager): Promise<void> {
    const { n } = (event as RecordedEvent<Counted>).data;
    const isPoisoned = poison && n === POISON;
    // A projection writes first, so that there is something to roll back; what a subscriber has done is done.
    if (isPoisoned && kind === 'subscriber') throw new PoisonError('poison');
    await noteSeen(manager, 'victim', event);
    if (isPoisoned) throw new PoisonError('poison');
  }

  async function start(continueOnError: boolean): Promise<void> {
    const victim = subscriptionOf(kind, 'victim', Counted, (event, context) => handle(event, context?.manager));
    const bystander = subscriptionOf('projection', 'bystander', Counted, (event, context) =>
      noteSeen(context!.manager, 'bystander', event),
    );
    one = await startObservedApp({
      url: database.url,
      events: [Counted],
      projections: kind === 'projection' ? [victim, bystander] : [bystander],
      subscribers: kind === 'subscriber' ? [victim] : [],
      subscriptions: { batchSize, continueOnError, maxRetries: 2 },
    });
    dataSource = one.app.get<DataSource>(getDataSourceToken());
  }

  async function victim() {
    const status = (await one.manager.status()).find(({ name }) => name === 'victim');
    if (status === undefined) throw new Error('there is no victim');
    return status;
  }

  /** Appends to three streams in turn, while it is live or before it starts. */
  async function run(): Promise<bigint> {
    if (live) await one.manager.start();
    if (live) await eventually(async () => (await victim()).state === 'live');
    let last = 0n;
    for (let n = 0; n < ALL.length; n++) {
      last = (await one.store.append(`s-${n % 3}`, [new Counted(0, n)])).position;
    }
    if (!live) await one.manager.start();
    await one.manager.waitFor(last, { subscription: 'bystander', timeoutMs: 60_000 });
    return last;
  }

  async function poisoned(): Promise<RecordedEvent> {
    for await (const event of one.store.readStream('s-1', { from: 2, to: 2 })) return event;
    throw new Error('there is no poisoned event');
  }

  /** That onError, its kin, the statistics and the signals all saw every try at the poisoned event. */
  async function expectToldOf({ deadLetterId, deadLetters }: { deadLetterId?: string; deadLetters: number }) {
    const event = await poisoned();
    const { told, failed } = one;
    const tries = told.length;
    // The batch itself, where it was one, and then three tries at the event alone.
    const counts = told.map(({ retryCount }) => retryCount);
    expect([[0, 1, 2], batchSize > 1 ? [0, 0, 1, 2] : []]).toContainEqual(counts);
    for (const info of told) {
      expect(info).toMatchObject({
        subscription: 'victim',
        eventId: event.id,
        eventType: 'counted',
        position: event.position,
        streamId: 's-1',
        category: 'application',
        severity: 'medium',
        retryable: true,
        at: expect.any(Date),
      });
      expect(info.error).toBeInstanceOf(PoisonError);
    }
    expect(told.map((info) => info.deadLetterId).filter(Boolean)).toEqual(deadLetterId ? [deadLetterId] : []);
    expect(told.at(-1)?.deadLetterId).toBe(deadLetterId);
    expect(failed.map(({ next }) => next).slice(0, -1)).toEqual(Array(tries - 1).fill('retry'));
    const none = { transient: 0, permanent: 0, infrastructure: 0, application: 0, unknown: 0 };
    const stats = one.manager.getErrorStats();
    expect(stats).toMatchObject({ totalErrors: tries, totalDeadLetters: deadLetters });
    expect(stats.subscriptions.victim).toEqual({
      totalErrors: tries,
      transientErrors: 0,
      permanentErrors: 0,
      retriedErrors: tries - 1,
      deadLetters,
      errorsByType: { PoisonError: tries },
      errorsByCategory: { ...none, application: tries },
      firstErrorAt: told[0]?.at,
      lastErrorAt: told.at(-1)?.at,
      errorRatePerMinute: tries,
    });
    expect(stats.subscriptions.bystander).toMatchObject({ totalErrors: 0, deadLetters: 0 });
  }

  /** That metrics and health tell of the victim's tries and letters, and of nothing at the bystander. */
  async function expectMeasured(parked: { readonly failed: number; readonly queued: number }, state: string) {
    const tries = one.told.length;
    const scrape = await one.scrape();
    const sample = (name: string, labels: Record<string, string>): number => scrape.value(name, labels) ?? 0;
    const of = (subscription: string) => ({
      failed: sample('subscription_events_failed_total', { subscription }),
      application: sample('subscription_events_failed_total', { subscription, category: 'application' }),
      retries: sample('subscription_retries_total', { subscription }),
      parked: sample('dead_letters_total', { subscription, reason: 'failed' }),
      queued: sample('dead_letters_total', { subscription, reason: 'queued-behind' }),
      open: sample('dead_letters', { subscription, state: 'parked' }),
      state: sample('subscription_state', { subscription, state }),
    });
    const { failed, queued } = parked;
    expect(of('victim')).toEqual({
      ...{ failed: tries, application: tries, retries: tries - 1 },
      ...{ parked: failed, queued, open: failed + queued, state: 1 },
    });
    const untouched = { failed: 0, application: 0, retries: 0, parked: 0, queued: 0, open: 0 };
    expect(of('bystander')).toEqual({ ...untouched, state: state === 'live' ? 1 : 0 });
    const { deadLetterQueue, subscriptions } = await one.health();
    expect(deadLetterQueue).toMatchObject({
      parked: failed + queued,
      bySubscription: failed + queued > 0 ? { victim: failed + queued } : {},
    });
    expect(subscriptions).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ name: 'victim', state, eventsFailed: tries, errorRate: tries }),
        expect.objectContaining({ name: 'bystander', eventsFailed: 0, status: 'healthy', lastError: undefined }),
      ]),
    );
  }

  it('parks it once, tells everybody, and keeps the order of its stream', async () => {
    await start(true);
    const severe: unknown[] = [];
    const found: Promise<DeadLetter>[] = [];
    one.manager.onErrorSeverity('high', (info) => severe.push(info));
    one.manager.onErrorCategory('application', ({ deadLetterId }) => {
      if (deadLetterId !== undefined) found.push(one.queue.get(deadLetterId));
    });
    const last = await run();
    await one.manager.waitFor(last, { subscription: 'victim', timeoutMs: 60_000 });
    // Told when it is committed, which others may see a moment before.
    await eventually(() => one.parked.length === 3);

    const letters = await one.letters();
    const waiting = { subscription: 'victim', streamId: 's-1', state: 'parked' };
    expect(letters).toMatchObject([
      { ...waiting, version: 2, reason: 'failed', errorClass: 'PoisonError', attempts: [{}, {}, {}] },
      { ...waiting, version: 3, reason: 'queued-behind', attempts: [] },
      { ...waiting, version: 4, reason: 'queued-behind', attempts: [] },
    ]);
    const deadLetterId = letters[0]?.id ?? '';
    await expectToldOf({ deadLetterId, deadLetters: 3 });
    expect(severe).toEqual([]);
    // Told when it could be looked up, not before.
    expect((await Promise.all(found)).map(({ id }) => id)).toEqual([deadLetterId]);
    expect(one.failed.at(-1)).toMatchObject({ next: 'park', during: 'delivery' });
    expect(one.parked.map(({ reason }) => reason)).toEqual(['failed', 'queued-behind', 'queued-behind']);
    expect(one.lines.filter((line) => line.includes(`parked as dead letter ${deadLetterId}`))).toHaveLength(1);
    expect(one.lines).toHaveLength(one.told.length + 2);

    expect(await seenBy(dataSource, 'victim')).toEqual(UNBLOCKED);
    expect(await seenBy(dataSource, 'bystander')).toEqual(ALL);
    expect((await victim()).position).toBe(last);
    await eventually(async () => (await one.manager.status()).every(({ state }) => state === 'live'));
    await expectMeasured({ failed: 1, queued: 2 }, 'live');
    poison = false;
    expect(await one.queue.redrive('all')).toBe(3);
    await eventually(async () => (await one.queue.stats()).resolved === 3);
    expect(await seenBy(dataSource, 'victim')).toEqual([...UNBLOCKED, ...STREAM.slice(1)]);
  });

  it('stops before it, tells everybody, and goes on there when it is started again', async () => {
    await start(false);
    const last = await run();
    await eventually(async () => (await victim()).state === 'failed');

    await expectToldOf({ deadLetters: 0 });
    expect(await one.letters()).toEqual([]);
    expect(one.parked).toEqual([]);
    expect(one.failed.at(-1)).toMatchObject({ next: 'stop', during: 'delivery' });
    expect(one.lines.filter((line) => line.includes('it stops there'))).toHaveLength(1);
    expect(one.lines).toHaveLength(one.told.length);
    await expectMeasured({ failed: 0, queued: 0 }, 'failed');
    const health = (await one.health()).subscriptions.find(({ name }) => name === 'victim');
    expect(health).toMatchObject({ status: 'unhealthy', lastError: 'poison' });
    expect(await victim()).toMatchObject({ lastError: 'poison', position: (await poisoned()).position - 1n });
    expect(await seenBy(dataSource, 'victim')).toEqual(BEFORE);
    expect(await seenBy(dataSource, 'bystander')).toEqual(ALL);

    poison = false;
    await one.manager.start();
    await one.manager.waitFor(last, { subscription: 'victim', timeoutMs: 60_000 });
    expect(await seenBy(dataSource, 'victim')).toEqual(ALL);
  });
});
