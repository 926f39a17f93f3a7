import { afterEach, beforeEach, expect } from '@jest/globals';
import { ConsoleLogger, type INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { TypeOrmModule } from '@nestjs/typeorm';
import {
  DomainEvent,
  EventSourcingModule,
  type EventSourcingModuleOptions,
  EventStore,
  Instrumentation,
  NewEvent,
  ShutdownDrain,
  SubscriptionManager,
} from '@tidemark/event-sourcing';
import type { DataSource, EntityManager } from 'typeorm';
import { eventually } from './eventually.js';
import { type Handle, noteSeen, SEEN_TABLE, subscriptionOf } from './observed-app.js';
import { createTestDatabase, type TestDatabase } from './test-database.js';

@DomainEvent('noted')
class Noted {
  constructor(readonly n: number) {}
}

/** A handler that stands still at one event until it is let go or aborted. */
export class Gate {
  readonly reached = Promise.withResolvers<void>();
  readonly opened = Promise.withResolvers<void>();

  async pass(signal: AbortSignal | undefined): Promise<void> {
    this.reached.resolve();
    const aborted = new Promise<never>((_, reject) => {
      signal?.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
    });
    await Promise.race([this.opened.promise, aborted]);
  }
}

interface Stored {
  readonly seen: number;
  readonly owned: number;
  readonly members: number;
  readonly handled: number;
  readonly checkpoints: readonly object[];
}

class Lines extends ConsoleLogger {
  readonly lines: string[] = [];
  override log(message: unknown): void {
    this.lines.push(String(message));
  }
  override warn(message: unknown): void {
    this.lines.push(`warn ${String(message)}`);
  }
  override error(message: unknown): void {
    this.lines.push(`error ${String(message)}`);
  }
}

/** Apps whose shutdown is looked at, on a database of their own for each test. */
export function shutdownBench() {
  let database: TestDatabase;
  let watch: DataSource;
  let apps: INestApplicationContext[];
  let logger: Lines;

  beforeEach(async () => {
    database = await createTestDatabase();
    logger = new Lines();
    apps = [];
    watch = await database.connect();
    await watch.query(SEEN_TABLE);
  });
  afterEach(async () => {
    await Promise.all(apps.map((app) => app.close()));
    await database.drop();
  });

  const start = async (
    handle: Handle,
    options: EventSourcingModuleOptions = {},
    reset?: (manager: EntityManager) => Promise<void>,
  ) => {
    const projection = subscriptionOf('projection', 'noted', Noted, handle);
    if (reset !== undefined) Object.assign(projection.prototype as object, { reset });
    const { subscriptions, ...rest } = options;
    const quick = { retryInitialDelayMs: 1, retryMaxDelayMs: 5, maxPollIntervalMs: 50, batchSize: 5 };
    const imports = [
      TypeOrmModule.forRoot({ type: 'postgres', url: database.url }),
      EventSourcingModule.forRoot({ ...rest, subscriptions: { ...quick, ...subscriptions } }),
      EventSourcingModule.forFeature({ events: [Noted], projections: [projection] }),
    ];
    const app = await NestFactory.createApplicationContext({ module: class App {}, imports }, { logger });
    apps.push(app);
    return {
      app,
      drain: app.get(ShutdownDrain),
      manager: app.get(SubscriptionManager),
      store: app.get(EventStore),
      instrumentation: app.get(Instrumentation),
    };
  };

  const append = async (store: EventStore, count: number): Promise<bigint> => {
    const { position } = await store.append(
      `notes-${crypto.randomUUID()}`,
      Array.from({ length: count }, (_, n) => new NewEvent(new Noted(n))),
    );
    return position;
  };

  const note: Handle = async (event, context) => {
    await noteSeen(context!.manager, 'noted', event);
  };
  const stateOf = async (): Promise<Stored> => {
    const [row] = await watch.query<object[]>(
      `select (select count(*)::int from seen) as seen,
         (select count(*)::int from tidemark.leases where owner is not null) as owned,
         (select count(*)::int from tidemark.members) as members,
         (select coalesce(sum(handled), 0)::int from tidemark.checkpoints) as handled,
         (select coalesce(json_agg(c order by partition), '[]') from tidemark.checkpoints c) as checkpoints`,
    );
    return row as Stored;
  };
  /** Takes part, to see when the time to drain is over. */
  const withSignal = (drain: ShutdownDrain): { signal: AbortSignal | undefined } => {
    const seen: { signal: AbortSignal | undefined } = { signal: undefined };
    const nothing = { eventsDrained: 0, eventsNotDrained: 0, checkpointsSaved: 0, leasesReleased: 0 };
    drain.register({
      name: 'an onlooker',
      inFlight: () => 0,
      stopTaking: () => undefined,
      drain: async (signal) => void (seen.signal = signal),
      settle: async () => undefined,
      outcome: () => nothing,
    });
    return seen;
  };
  const staysSo = async (holds: () => boolean, forMs = 250): Promise<void> => {
    const until = performance.now() + forMs;
    await eventually(() => {
      expect(holds()).toBe(true);
      return performance.now() > until;
    });
  };
  /** Holds what handlers write to, so that they wait. */
  const lockSeen = async () => {
    const runner = watch.createQueryRunner();
    await runner.startTransaction();
    await runner.query('lock table seen in share mode');
    return {
      awaited: async (): Promise<boolean> => {
        const waits = await watch.query<object[]>(
          `select from pg_locks l join pg_database d on d.oid = l.database
           where d.datname = current_database() and l.relation = 'seen'::regclass and not l.granted`,
        );
        return waits.length > 0;
      },
      release: async (): Promise<void> => {
        await runner.rollbackTransaction();
        await runner.release();
      },
    };
  };
  /** What a successor finds is everything, each event once. */
  const resumes = async (upTo: bigint): Promise<void> => {
    const { manager, app } = await start(note);
    await manager.waitFor(upTo, { subscription: 'noted', timeoutMs: 40_000 });
    const counts = await watch.query<object[]>(
      'select count(*)::int as n, count(distinct event_id)::int as once from seen',
    );
    const events = await watch.query<{ n: number }[]>('select count(*)::int as n from tidemark.events');
    expect(counts).toEqual([{ n: events[0]!.n, once: events[0]!.n }]);
    await app.close();
  };

  return {
    start,
    note,
    append,
    stateOf,
    withSignal,
    lockSeen,
    staysSo,
    resumes,
    query: (sql: string): Promise<unknown> => watch.query(sql),
    lines: (): readonly string[] => logger.lines,
  };
}
