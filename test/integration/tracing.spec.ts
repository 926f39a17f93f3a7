import type { INestApplicationContext, Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { TypeOrmModule } from '@nestjs/typeorm';
import { SpanKind, SpanStatusCode } from '@opentelemetry/api';
import {
  type AggregateRepository,
  DeadLetterQueue,
  EventSourcingModule,
  EventStore,
  getAggregateRepositoryToken,
  On,
  OnBatch,
  Projection,
  type RecordedEvent,
  Subscriber,
  SubscriptionManager,
} from '@tidemark/event-sourcing';
import { eventually } from '../support/eventually.js';
import { Meter, MeterRead } from '../support/metered-app.js';
import { type RecordedSpan, RecordingTracer } from '../support/recording-tracer.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

const STREAM = 'meter-1';

const traceParentOf = ({ context: { traceId, spanId } }: RecordedSpan): string => `00-${traceId}-${spanId}-01`;
const linkedSpans = ({ links }: RecordedSpan): string[] => links.map((link) => link.context.spanId);

describe.each(['memory', 'postgres'] as const)('traces of an app on %s', (store) => {
  let tracer: RecordingTracer;
  let database: TestDatabase | undefined;
  let app: INestApplicationContext;

  beforeEach(async () => {
    tracer = new RecordingTracer();
    database = store === 'memory' ? undefined : await createTestDatabase();
  });

  afterEach(async () => {
    await app.close();
    tracer.unregister();
    await database?.drop();
  });

  const start = async (
    feature: { projections?: Type<object>[]; subscribers?: Type<object>[] } = {},
    options: { tracing?: boolean } = { tracing: true },
  ): Promise<void> => {
    const subscriptions = { retryInitialDelayMs: 1, retryMaxDelayMs: 5, maxRetries: 0 };
    const imports = [
      ...(database === undefined ? [] : [TypeOrmModule.forRoot({ type: 'postgres', url: database.url })]),
      EventSourcingModule.forRoot({ store, ...options, workers: false, subscriptions }),
      EventSourcingModule.forFeature({ events: [MeterRead], aggregates: [Meter], ...feature }),
    ];
    app = await NestFactory.createApplicationContext({ module: class App {}, imports }, { logger: false });
  };
  const append = (count = 1, stream = STREAM) =>
    app.get(EventStore).append(
      stream,
      Array.from({ length: count }, (_, n) => new MeterRead(n)),
    );
  const stored = async (): Promise<RecordedEvent[]> => {
    const events: RecordedEvent[] = [];
    for await (const event of app.get(EventStore).readAll()) events.push(event);
    return events;
  };
  const only = (name: string): RecordedSpan => {
    const spans = tracer.named(name);
    expect([name, spans.length]).toEqual([name, 1]);
    return spans[0] as RecordedSpan;
  };

  it('have the append below what it was called from, and its trace parent in the events', async () => {
    tracer.register();
    await start();
    await tracer.inSpan('request', () => append());
    const [request] = tracer.spans;
    const span = only('append');
    expect(span.parentId).toBe(request?.context.spanId);
    expect(span.context.traceId).toBe(request?.context.traceId);
    const [event] = await stored();
    expect(event?.metadata.traceParent).toBe(traceParentOf(span));
    const inDatabase = store === 'memory' ? {} : { 'db.system': 'postgresql', 'db.operation': 'INSERT' };
    expect(span.attributes).toEqual({
      'aggregate.type': 'meter',
      'aggregate.id': '1',
      'event.id': event?.id,
      'event.type': 'meter.read',
      ...inDatabase,
    });
    expect([span.kind, span.ends, span.status.code]).toEqual([SpanKind.PRODUCER, 1, SpanStatusCode.UNSET]);
    expect(only('read').attributes).toEqual(
      store === 'memory' ? {} : { 'db.system': 'postgresql', 'db.operation': 'SELECT' },
    );
  });

  it('say how many events there were, and what failed', async () => {
    tracer.register();
    await start();
    await append(3);
    expect(only('append').attributes).toMatchObject({ 'event.count': 3, 'event.type': 'meter.read' });
    const late = app.get(EventStore).append(STREAM, [new MeterRead(1)], { expectedVersion: 1 });
    await expect(late).rejects.toMatchObject({ code: 'CONCURRENCY' });
    const failed = tracer.named('append')[1];
    expect(failed?.status).toMatchObject({ code: SpanStatusCode.ERROR, message: expect.stringContaining('version 3') });
    expect([failed?.exceptions.length, failed?.ends]).toEqual([1, 1]);
  });

  it('have load and save, with the reads and the append below them', async () => {
    tracer.register();
    await start();
    const meters = app.get<AggregateRepository<Meter>>(getAggregateRepositoryToken(Meter), { strict: false });
    await meters.create('7', (meter) => meter.read(1));
    tracer.spans.length = 0;
    await meters.update('7', (meter) => meter.read(2));
    const [load, save] = [only('load'), only('save')];
    expect(load.attributes).toEqual({ 'aggregate.type': 'meter', 'aggregate.id': '7' });
    expect(save.attributes).toEqual({ 'aggregate.type': 'meter', 'aggregate.id': '7' });
    expect(tracer.named('read').map(({ parentId }) => parentId)).toEqual([load.context.spanId]);
    expect(only('append').parentId).toBe(save.context.spanId);
  });

  it('link what is handled to what appended it, in a trace of its own', async () => {
    @Subscriber({ name: 'echo' })
    class Echo {
      @On(MeterRead)
      async echo(event: RecordedEvent<MeterRead>): Promise<void> {
        if (event.category === 'meter') await append(1, 'echo-1');
      }
    }
    tracer.register();
    await start({ subscribers: [Echo] });
    await tracer.inSpan('request', () => append());
    await tracer.inSpan('job', () => app.get(SubscriptionManager).runToHead());
    const [first] = tracer.named('append');
    const [handle] = tracer.named('handle');
    expect(handle).toMatchObject({ parentId: undefined, kind: SpanKind.CONSUMER, ends: 1 });
    expect(linkedSpans(handle as RecordedSpan)).toEqual([first?.context.spanId]);
    expect(handle?.links[0]?.context).toMatchObject({ traceId: first?.context.traceId, isRemote: true });
    const [event, echo] = await stored();
    expect(handle?.attributes).toEqual({
      'aggregate.type': 'meter',
      'aggregate.id': '1',
      'event.id': event?.id,
      'event.type': 'meter.read',
      'subscription.name': 'echo',
      'subscription.partition': 0,
      'subscription.state': expect.stringMatching(/^(catching_up|live)$/),
    });
    const second = tracer.named('append')[1] as RecordedSpan;
    expect(second.parentId).toBe(handle?.context.spanId);
    expect(echo?.metadata.traceParent).toBe(traceParentOf(second));
  });

  it('link a batch to all that appended it', async () => {
    @Projection({ name: 'batches' })
    class Batches {
      @OnBatch(MeterRead)
      async take(): Promise<void> {}
    }
    tracer.register();
    await start({ projections: [Batches] });
    for (const stream of ['meter-1', 'meter-2', 'meter-2']) await append(2, stream);
    await app.get(SubscriptionManager).runToHead();
    const appends = tracer.named('append').map(({ context: { spanId } }) => spanId);
    const handle = only('handle');
    expect(linkedSpans(handle)).toEqual(appends);
    expect(handle.attributes).toMatchObject({ 'event.count': 6 });
    expect(handle.attributes).not.toHaveProperty('aggregate.id');
  });

  it('have one span of a page where a projection catches up in transactions', async () => {
    let broken = 0n;
    @Projection({ name: 'behind' })
    class Behind {
      @On(MeterRead)
      async take({ position }: RecordedEvent<MeterRead>): Promise<void> {
        if (position === broken) throw new Error('broken on purpose');
      }

      async reset(): Promise<void> {}
    }
    tracer.register();
    await start({ projections: [Behind] });
    for (const stream of ['meter-1', 'meter-2', 'meter-2']) await append(2, stream);
    const appends = tracer.named('append').map(({ context: { spanId } }) => spanId);
    await app.get(SubscriptionManager).runToHead();
    const handles = tracer.named('handle');
    if (store === 'memory') {
      // There is no transaction that a page could be.
      expect(handles).toHaveLength(6);
      return;
    }
    expect(handles).toHaveLength(1);
    expect(linkedSpans(only('handle'))).toEqual(appends);
    expect(only('handle').attributes).toMatchObject({ 'event.count': 6, 'subscription.state': 'catching_up' });

    broken = (await stored())[3]?.position ?? 0n;
    tracer.spans.length = 0;
    await app.get(SubscriptionManager).start();
    await app.get(SubscriptionManager).rebuild('behind');
    const failed = tracer.named('handle').filter(({ status }) => status.code === SpanStatusCode.ERROR);
    const [page, single] = [failed[0], failed.find(({ attributes }) => !('event.count' in attributes))];
    // The page, and then the event by itself.
    expect(page?.attributes).toMatchObject({ 'event.count': 6 });
    expect(page?.status.message).toContain(`position ${broken}`);
    expect(single?.status.message).toBe('broken on purpose');
  });

  it('link a page to no more than 128 of its appends', async () => {
    @Projection({ name: 'wide', batchSize: 200 })
    class Wide {
      @On(MeterRead)
      async take(): Promise<void> {}
    }
    tracer.register();
    await start({ projections: [Wide] });
    await Promise.all(Array.from({ length: 130 }, (_, n) => append(1, `meter-${n}`)));
    await app.get(SubscriptionManager).runToHead();
    const links = tracer.named('handle').map((span) => new Set(linkedSpans(span)).size);
    // Without a transaction each event is handled by itself.
    expect(links).toEqual(store === 'memory' ? Array(130).fill(1) : [128]);
  });

  it('show a handler that fails, and the redrive with what it handles below it', async () => {
    let isBroken = true;
    @Projection({ name: 'fragile' })
    class Fragile {
      @On(MeterRead)
      async take(): Promise<void> {
        if (isBroken) throw new Error('broken on purpose');
      }
    }
    tracer.register();
    await start({ projections: [Fragile] });
    const [append1] = [await append(), ...tracer.named('append')].slice(1) as RecordedSpan[];
    await app.get(SubscriptionManager).start();
    const queue = app.get(DeadLetterQueue);
    await eventually(async () => (await queue.stats()).parked === 1);
    const failed = tracer.named('handle')[0];
    expect(failed?.status).toEqual({ code: SpanStatusCode.ERROR, message: 'broken on purpose' });
    isBroken = false;
    tracer.spans.length = 0;
    await queue.redrive({ subscription: 'fragile' });
    await eventually(async () => (await queue.stats()).resolved === 1);
    const [redrive, handle] = [only('redrive'), only('handle')];
    expect(redrive.attributes).toMatchObject({ 'subscription.name': 'fragile', 'event.type': 'meter.read' });
    expect(redrive.parentId).toBeUndefined();
    expect(handle.parentId).toBe(redrive.context.spanId);
    expect(linkedSpans(handle)).toEqual([append1?.context.spanId]);
  });

  it('are not there unless they are asked for, and not without an SDK', async () => {
    tracer.register();
    await start({}, {});
    await append();
    expect(tracer.spans).toEqual([]);
    expect((await stored())[0]?.metadata.traceParent).toBeUndefined();
    await app.close();
    tracer.unregister();
    await start();
    await append(1, 'meter-2');
    expect((await stored()).at(-1)?.metadata.traceParent).toBeUndefined();
  });
});
