import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { TypeOrmModule } from '@nestjs/typeorm';
import {
  BATCH_FAILED,
  type BatchFailed,
  DeadLetterQueue,
  DomainEvent,
  EventSourcingModule,
  EventStore,
  Instrumentation,
  On,
  Projection,
  type ProjectionContext,
  type RecordedEvent,
  Subscriber,
  SubscriptionManager,
} from '@tidemark/event-sourcing';
import { DataSource } from 'typeorm';
import { eventually } from '../support/eventually.js';
import { PersistentWriters } from '../support/persistent-writers.js';
import { RestartableServer, type Shutdown } from '../support/restartable-server.js';

const OUTAGE_MS = 8_000;
const RESUMED_WITHIN_MS = 10_000;
const BACKLOG = 600;
const STREAMS = 20;

@DomainEvent('drop.fallen')
class DropFallen {
  constructor(readonly n: number) {}
}

@Projection({ name: 'puddle', partitions: 3 })
class Puddle {
  @On(DropFallen)
  async fallen({ id, streamId, version }: RecordedEvent<DropFallen>, { manager }: ProjectionContext): Promise<void> {
    await manager.query('insert into puddle (event_id, stream, version) values ($1, $2, $3)', [id, streamId, version]);
    // So that there is a backlog to be in the middle of.
    await manager.query('select pg_sleep(0.004)');
  }
}

@Subscriber({ name: 'gauge' })
class Gauge {
  readonly heard: string[] = [];

  constructor(private readonly dataSource: DataSource) {}

  @On(DropFallen)
  async fallen({ streamId, version }: RecordedEvent<DropFallen>): Promise<void> {
    await this.dataSource.query('select pg_sleep(0.004)');
    this.heard.push(`${streamId}@${version}`);
  }
}

interface Row {
  readonly event_id: string;
  readonly stream: string;
  readonly version: number;
}

/** Each once, by stream, and there as they came first. */
function firstTimes(heard: readonly string[]): string[] {
  const streams = Map.groupBy(new Set(heard), (event) => event.slice(0, event.indexOf('@')));
  return [...streams].sort(([a], [b]) => (a < b ? -1 : 1)).flatMap(([, events]) => events);
}

const root = EventSourcingModule.forRoot({
  migrate: true,
  subscriptions: {
    // An attempt that were charged to an event would park it at once.
    maxRetries: 0,
    retryInitialDelayMs: 100,
    retryMaxDelayMs: 1_000,
    leaseTtlMs: 1_500,
    batchSize: 20,
  },
});
const feature = EventSourcingModule.forFeature({
  events: [DropFallen],
  projections: [Puddle],
  subscribers: [Gauge],
});

describe('while the database is away', () => {
  let server: RestartableServer;
  let app: INestApplicationContext | undefined;
  let failures: BatchFailed[];

  beforeEach(() => {
    server = new RestartableServer();
    failures = [];
  });

  afterEach(async () => {
    await app?.close();
    await server.remove();
  });

  async function startApp(url: string): Promise<INestApplicationContext> {
    const database = TypeOrmModule.forRoot({
      type: 'postgres',
      url,
      poolErrorHandler: () => undefined,
      extra: { max: 20, connectionTimeoutMillis: 2_000 },
    });
    const module = { module: class App {}, imports: [database, root, feature] };
    const started = await NestFactory.createApplicationContext(module, { logger: false, abortOnError: false });
    started.get(Instrumentation).on(BATCH_FAILED, (failure) => failures.push(failure));
    return started;
  }

  const positionsOf = async (): Promise<bigint[]> => {
    const all = await app!.get(SubscriptionManager).status();
    return all.flatMap(({ partitions }) => partitions.map(({ position = 0n }) => position));
  };

  it.each<Shutdown>(['fast', 'immediate'])(
    'no event is parked or charged for it, and all go on by themselves: %s shutdown',
    async (shutdown) => {
      const url = await server.up();
      app = await startApp(url);
      const [store, dataSource, gauge] = [app.get(EventStore), app.get(DataSource), app.get(Gauge)];
      await dataSource.query('create table puddle (n bigserial, event_id uuid, stream text, version integer)');
      const drops = Array.from({ length: BACKLOG / STREAMS }, (_, n) => new DropFallen(n));
      for (let stream = 0; stream < STREAMS; stream++) await store.append(`stream-${stream}`, drops);
      const writers = new PersistentWriters(store, (n) => new DropFallen(n), STREAMS, 3);
      await eventually(() => gauge.heard.length > 50 && writers.written > 20);

      await server.outage(shutdown, OUTAGE_MS);
      const upAt = performance.now();
      const [before, heard, written] = [
        await eventually(() => positionsOf().catch(() => undefined)),
        gauge.heard.length,
        writers.written,
      ];
      await eventually(
        async () => (await positionsOf()).every((position, index) => position > (before?.[index] ?? 0n)),
        Boolean,
        RESUMED_WITHIN_MS,
      );
      await eventually(() => gauge.heard.length > heard && writers.written > written);
      const resumedMs = performance.now() - upAt;
      await writers.stop();
      const head = await store.headPosition();
      for (const subscription of ['puddle', 'gauge']) {
        await app.get(SubscriptionManager).waitFor(head, { subscription, timeoutMs: 40_000 });
      }

      expect(await app.get(DeadLetterQueue).stats()).toMatchObject({
        parked: 0,
        redriving: 0,
        resolved: 0,
        discarded: 0,
      });
      expect(failures.filter(({ category, next }) => category !== 'infrastructure' || next !== 'retry')).toEqual([]);
      expect(failures).not.toEqual([]);
      const stored = await dataSource.query<Row[]>(
        'select event_id, stream_id as stream, version from tidemark.events order by stream_id collate "C", version',
      );
      expect(stored).toHaveLength(BACKLOG + writers.written);
      expect(new Set(stored.map(({ event_id }) => event_id)).size).toBe(stored.length);
      // By the order of their handling within each stream; whoever came twice would shift all that follow.
      expect(
        await dataSource.query<Row[]>('select event_id, stream, version from puddle order by stream collate "C", n'),
      ).toEqual(stored);
      // A side effect may come twice, but nothing before its turn and nothing never.
      expect(firstTimes(gauge.heard)).toEqual(stored.map(({ stream, version }) => `${stream}@${version}`));
      process.stdout.write(
        `database away for ${OUTAGE_MS / 1000} s (${shutdown} shutdown): ${stored.length} events, ${writers.repeated} appends tried again, ` +
          `${failures.length} batches put off, all moving again ${Math.round(resumedMs)} ms after it was back\n`,
      );
    },
    240_000,
  );
});
