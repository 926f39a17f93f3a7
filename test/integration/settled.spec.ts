import { afterEach, describe, expect, it } from '@jest/globals';
import { Test, type TestingModule } from '@nestjs/testing';
import { TypeOrmModule } from '@nestjs/typeorm';
import {
  DeadLetterQueue,
  DomainEvent,
  EventSourcingModule,
  type EventSourcingFeature,
  EventStore,
  On,
  Projection,
  type RecordedEvent,
  Subscriber,
  SubscriptionManager,
} from '@tidemark/event-sourcing';
import {
  EventSourcingTestingModule,
  type EventSourcingTestingOptions,
  NotSettledError,
  settled,
} from '@tidemark/event-sourcing/testing';
import { eventually } from '../support/eventually.js';
import { createTestDatabase } from '../support/test-database.js';

@DomainEvent('ball.hit')
class BallHit {
  constructor(readonly left: number) {}
}

/** Says once more what it was told, with one less left. */
@Subscriber({ name: 'echo' })
class Echo {
  constructor(private readonly store: EventStore) {}

  @On(BallHit)
  async hit({ streamId, data }: RecordedEvent<BallHit>): Promise<void> {
    if (data.left > 0) await this.store.append(streamId, [new BallHit(data.left - 1)]);
  }
}

@Projection({ name: 'hits' })
class Hits {
  seen: number[] = [];
  isBroken = false;
  gate = Promise.resolve();

  @On(BallHit)
  async hit({ data }: RecordedEvent<BallHit>): Promise<void> {
    await this.gate;
    if (this.isBroken && data.left === 13) throw new TypeError('unlucky');
    this.seen.push(data.left);
  }
}

@Subscriber({ name: 'news', startFrom: 'end' })
class News {
  readonly seen: number[] = [];

  @On(BallHit)
  hit({ data }: RecordedEvent<BallHit>): void {
    this.seen.push(data.left);
  }
}

const SILENT = { log: () => undefined, error: () => undefined, warn: () => undefined };
const PATIENT = { timeoutMs: 60_000 };

describe('settled', () => {
  const compiled: TestingModule[] = [];

  afterEach(async () => {
    await Promise.all(compiled.splice(0).map((module) => module.close()));
  });

  function compile(options: EventSourcingTestingOptions, feature: EventSourcingFeature): Promise<TestingModule> {
    const imports = [EventSourcingModule.forRoot(), EventSourcingModule.forFeature({ events: [BallHit], ...feature })];
    const builder = Test.createTestingModule({ imports }).setLogger(SILENT);
    return EventSourcingTestingModule.replaceStore(builder, options).compile();
  }

  async function start(options: EventSourcingTestingOptions = {}, feature: EventSourcingFeature = {}) {
    const module = await compile(options, { projections: [Hits], ...feature });
    compiled.push(module);
    await module.init();
    return { module, store: module.get(EventStore), hits: module.get(Hits), manager: module.get(SubscriptionManager) };
  }

  it.each([{ workers: true }, { workers: false }])(
    'waits for what handlers append in turn, with %j',
    async (options) => {
      const { module, store, hits } = await start(options, { subscribers: [Echo] });
      await store.append('ball-1', [new BallHit(9)]);
      await settled(module, PATIENT);
      expect(hits.seen).toEqual([9, 8, 7, 6, 5, 4, 3, 2, 1, 0]);
      await store.append('ball-2', [new BallHit(1)]);
      await settled(module, PATIENT);
      expect(hits.seen.slice(10)).toEqual([1, 0]);
    },
  );

  it('leaves subscriptions as they were: stopped, or running', async () => {
    const resting = await start({ workers: false });
    await settled(resting.module, PATIENT);
    expect((await resting.manager.status()).map(({ state }) => state)).toEqual(['stopped']);
    const live = await start({ workers: true });
    await settled(live.module, PATIENT);
    await live.store.append('ball-1', [new BallHit(0)]);
    await eventually(() => live.hits.seen.length === 1);
  });

  it('says which events were parked, and why', async () => {
    const { module, store, hits } = await start();
    hits.isBroken = true;
    await store.append('ball-1', [new BallHit(12), new BallHit(13), new BallHit(14)]);
    const failed = await settled(module, PATIENT).catch((error: unknown) => error);
    expect(failed).toBeInstanceOf(NotSettledError);
    expect(failed).toMatchObject({
      reason: 'parked',
      message:
        'The app has not settled: events could not be handled and are dead letters:' +
        "\n  'ball.hit' (version 2 of 'ball-1') by 'hits': TypeError: unlucky",
      cause: expect.objectContaining({ message: 'unlucky', stack: expect.stringContaining('settled.spec') }),
    });
    await settled(module, { ...PATIENT, allowDeadLetters: true });
    expect(hits.seen).toEqual([12]);
  });

  it.each([{ workers: true }, { workers: false }])('waits for redriven dead letters, with %j', async (options) => {
    const { module, store, hits } = await start(options);
    hits.isBroken = true;
    await store.append('ball-1', [new BallHit(13), new BallHit(14)]);
    await settled(module, { ...PATIENT, allowDeadLetters: true });
    await module.get(DeadLetterQueue).redrive('all');
    await expect(settled(module, PATIENT)).rejects.toMatchObject({ reason: 'parked' });
    hits.isBroken = false;
    await module.get(DeadLetterQueue).redrive('all');
    await settled(module, PATIENT);
    expect(hits.seen).toEqual([13, 14]);
    expect(await module.get(DeadLetterQueue).stats()).toMatchObject({ parked: 0, redriving: 0, resolved: 2 });
  });

  it('says that a subscription is paused, or has failed', async () => {
    const { module, store, hits, manager } = await start({ subscriptions: { continueOnError: false } });
    await store.append('ball-1', [new BallHit(13)]);
    await manager.pause('hits', 'for a look');
    await expect(settled(module, PATIENT)).rejects.toMatchObject({
      reason: 'halted',
      message: "The app has not settled: Subscription 'hits' is paused (for a look). Resume it first.",
    });
    await manager.resume('hits');
    hits.isBroken = true;
    const failed = settled(module, PATIENT);
    await expect(failed).rejects.toMatchObject({ code: 'NOT_SETTLED', reason: 'halted' });
    await expect(failed).rejects.toThrow(/'hits' has failed and stands still: .*unlucky/);
  });

  it('says what is behind when the time is over', async () => {
    const { module, store, hits } = await start({ workers: true });
    let open = (): void => undefined;
    hits.gate = new Promise((resolve) => (open = resolve));
    await store.append('ball-1', [new BallHit(1)]);
    const late = settled(module, { timeoutMs: 300 });
    await expect(late).rejects.toMatchObject({ code: 'NOT_SETTLED', reason: 'timeout' });
    await expect(late).rejects.toThrow(/'hits' is \w+ at (no position|0) of 1\. The limit was 300 ms\.$/);
    open();
    await settled(module, PATIENT);
    expect(hits.seen).toEqual([1]);
  });

  it('refuses an app that was never started, which would seem to be settled', async () => {
    const module = await compile({}, { projections: [Hits] });
    await module.get(EventStore).append('ball-1', [new BallHit(1)]);
    await expect(settled(module)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT', argument: 'app' });
    await expect(settled(module)).rejects.toThrow('Was init() called on it');
  });

  it('has a subscriber that starts at the end begin where the app is settled first', async () => {
    const { module, store } = await start({}, { subscribers: [News] });
    await store.append('ball-1', [new BallHit(1)]);
    await settled(module, PATIENT);
    await store.append('ball-1', [new BallHit(2)]);
    await settled(module, PATIENT);
    expect(module.get(News).seen).toEqual([2]);
  });

  it('works on PostgreSQL as well', async () => {
    const database = await createTestDatabase();
    const imports = [
      TypeOrmModule.forRoot({ type: 'postgres', url: database.url }),
      EventSourcingModule.forRoot({ subscriptions: { maxRetries: 0 } }),
      EventSourcingModule.forFeature({ events: [BallHit], projections: [Hits], subscribers: [Echo] }),
    ];
    const module = await Test.createTestingModule({ imports }).setLogger(SILENT).compile();
    try {
      await module.init();
      const hits = module.get(Hits);
      await module.get(EventStore).append('ball-1', [new BallHit(3)]);
      await settled(module, PATIENT);
      expect(hits.seen).toEqual([3, 2, 1, 0]);
      hits.isBroken = true;
      await module.get(EventStore).append('ball-2', [new BallHit(13)]);
      await expect(settled(module, PATIENT)).rejects.toMatchObject({ reason: 'parked' });
    } finally {
      await module.close();
      await database.drop();
    }
  });
});
