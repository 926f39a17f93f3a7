import { ConsoleLogger, type INestApplicationContext, type Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { TypeOrmModule } from '@nestjs/typeorm';
import {
  BATCH_FAILED,
  type BatchFailed,
  DEAD_LETTER_PARKED,
  type DeadLetter,
  type DeadLetterParked,
  DeadLetterQueue,
  type ErrorInfo,
  type EventClass,
  EventSourcingModule,
  EventStore,
  Health,
  type HealthReport,
  Instrumentation,
  METRICS_REGISTRY,
  On,
  Projection,
  type ProjectionContext,
  type PrometheusRegistry,
  type RecordedEvent,
  Subscriber,
  SubscriptionManager,
  type SubscriptionsOptions,
} from '@tidemark/event-sourcing';
import type { DataSource } from 'typeorm';
import { Scrape } from './metrics-scrape.js';

/** What an app under test is made of. */
export interface ObservedAppOptions {
  /** Of the database; `undefined` for the in-memory store. */
  readonly url: string | undefined;
  readonly events: readonly EventClass[];
  readonly projections?: readonly Type<object>[];
  readonly subscribers?: readonly Type<object>[];
  readonly subscriptions?: Omit<SubscriptionsOptions, 'workers'>;
}

/** An app whose subscriptions run when `manager.start()` is called, and all that it tells of failures. */
export interface ObservedApp {
  readonly app: INestApplicationContext;
  readonly store: EventStore;
  readonly manager: SubscriptionManager;
  readonly queue: DeadLetterQueue;
  /** What `onError` was told. */
  readonly told: readonly ErrorInfo[];
  readonly failed: readonly BatchFailed[];
  readonly parked: readonly DeadLetterParked[];
  /** Lines of the log, `<level> <message>`. */
  readonly lines: readonly string[];
  /** All letters, in the order of their positions. */
  letters(): Promise<DeadLetter[]>;
  /** What a scrape answers. */
  scrape(): Promise<Scrape>;
  health(): Promise<HealthReport>;
}

/** Starts an app as users have it, on a database that is migrated. */
export async function startObservedApp(options: ObservedAppOptions): Promise<ObservedApp> {
  const { url, events, projections = [], subscribers = [], subscriptions } = options;
  const quick = { retryInitialDelayMs: 1, retryMaxDelayMs: 5, maxPollIntervalMs: 50 };
  const lines: string[] = [];
  const store = url === undefined ? 'memory' : 'postgres';
  const imports = [
    ...(url === undefined ? [] : [TypeOrmModule.forRoot({ type: 'postgres', url, poolErrorHandler: () => undefined })]),
    EventSourcingModule.forRoot({
      store,
      workers: false,
      metrics: { cacheMs: 1 },
      subscriptions: { ...quick, ...subscriptions },
    }),
    EventSourcingModule.forFeature({ events, projections, subscribers }),
  ];
  const logger = new RecordingLogger(lines);
  const app = await NestFactory.createApplicationContext({ module: class App {}, imports }, { logger });
  const [told, failed, parked]: [ErrorInfo[], BatchFailed[], DeadLetterParked[]] = [[], [], []];
  const manager = app.get(SubscriptionManager);
  const queue = app.get(DeadLetterQueue);
  manager.onError((info) => told.push(info));
  app.get(Instrumentation).on(BATCH_FAILED, (fact) => failed.push(fact));
  app.get(Instrumentation).on(DEAD_LETTER_PARKED, (fact) => parked.push(fact));
  const letters = async (): Promise<DeadLetter[]> =>
    [...(await queue.list({ limit: 1_000 })).letters].sort((a, b) => Number(a.position - b.position));
  const scrape = async (): Promise<Scrape> => new Scrape(await app.get<PrometheusRegistry>(METRICS_REGISTRY).metrics());
  const health = (): Promise<HealthReport> => app.get(Health).report();
  return { app, store: app.get(EventStore), manager, queue, told, failed, parked, lines, letters, scrape, health };
}

class RecordingLogger extends ConsoleLogger {
  constructor(private readonly lines: string[]) {
    super();
  }

  override error(message: unknown): void {
    this.lines.push(`error ${String(message)}`);
  }

  override warn(message: unknown): void {
    this.lines.push(`warn ${String(message)}`);
  }

  override log(): void {
    // What goes well is in no test's interest.
  }
}

/** What a subscription made by {@link subscriptionOf} does with an event. */
export type Handle = (event: RecordedEvent, context: ProjectionContext | undefined) => Promise<void>;

/** A class with `@Projection` or `@Subscriber` whose one method handles events of these classes. */
export function subscriptionOf(
  kind: 'projection' | 'subscriber',
  name: string,
  eventClass: EventClass,
  handle: Handle,
): Type<object> {
  class Made {
    @On(eventClass)
    handle(event: RecordedEvent, context: ProjectionContext): Promise<void> {
      return handle(event, kind === 'projection' ? context : undefined);
    }
  }
  const decorate = kind === 'projection' ? Projection({ name }) : Subscriber({ name });
  decorate(Made);
  return Made;
}

/** The table that {@link noteSeen} writes to. */
export const SEEN_TABLE = `create table seen (n bigserial, name text, event_id uuid, stream_id text, version integer,
  primary key (name, event_id))`;

/** Notes that an event was handled; a second time is refused. */
export async function noteSeen(
  where: { query(sql: string, values: unknown[]): Promise<unknown> },
  name: string,
  { id, streamId, version }: RecordedEvent,
): Promise<void> {
  await where.query('insert into seen (name, event_id, stream_id, version) values ($1, $2, $3, $4)', [
    name,
    id,
    streamId,
    version,
  ]);
}

/** What a subscription has handled, `<stream>@<version>`, in its order. */
export async function seenBy(dataSource: DataSource, name: string): Promise<string[]> {
  const rows = await dataSource.query<{ event: string }[]>(
    "select stream_id || '@' || version as event from seen where name = $1 order by n",
    [name],
  );
  return rows.map(({ event }) => event);
}
