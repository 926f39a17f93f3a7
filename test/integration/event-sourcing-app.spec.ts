import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Injectable, Module, Scope } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { TypeOrmModule } from '@nestjs/typeorm';
import {
  AGGREGATE_LOADED,
  type AggregateRepository,
  APPEND_COMPLETED,
  APPEND_FAILED,
  BATCH_FAILED,
  BATCH_HANDLED,
  ConfigurationError,
  DeadLetterQueue,
  DomainEvent,
  EventSourced,
  EventSourcedAggregate,
  EventSourcingModule,
  type EventSourcingModuleOptions,
  type EventSourcingOptionsFactory,
  EventStore,
  getAggregateRepositoryToken,
  Instrumentation,
  On,
  PAGE_READ,
  PARTITION_OWNERSHIP,
  Projection,
  type RecordedEvent,
  SchemaOutdatedError,
  SNAPSHOT_SAVED,
  SubscriptionManager,
  UnknownEventTypeError,
} from '@tidemark/event-sourcing';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

@DomainEvent('left.noted')
class LeftNoted {
  constructor(readonly text: string) {}
}

@DomainEvent('right.noted')
class RightNoted {
  constructor(readonly text: string) {}
}

@DomainEvent('left.noted')
class LeftImpostor {}

@Injectable()
class InMemoryOptions implements EventSourcingOptionsFactory {
  createEventSourcingOptions(): EventSourcingModuleOptions {
    return { store: 'memory', workers: false };
  }
}

@Module({ providers: [InMemoryOptions], exports: [InMemoryOptions] })
class OptionsModule {}

const SIGNALS = [
  AGGREGATE_LOADED,
  APPEND_COMPLETED,
  APPEND_FAILED,
  BATCH_FAILED,
  BATCH_HANDLED,
  PAGE_READ,
  PARTITION_OWNERSHIP,
  SNAPSHOT_SAVED,
];

type Imports = NonNullable<Parameters<typeof Module>[0]['imports']>;

async function start(...imports: Imports) {
  return NestFactory.createApplicationContext(
    { module: class App {}, imports },
    { logger: false, abortOnError: false },
  );
}

async function failureOf(...imports: Imports): Promise<unknown> {
  return start(...imports).then(
    async (app) => {
      await app.close();
      return undefined;
    },
    (reason: unknown) => reason,
  );
}

describe('an app with EventSourcingModule', () => {
  let database: TestDatabase;

  beforeAll(async () => {
    database = await createTestDatabase();
  });

  afterAll(() => database.drop());

  it.each([
    ['useFactory', { useFactory: () => ({ store: 'memory' as const }) }],
    ['useClass', { useClass: InMemoryOptions }],
    ['useExisting', { imports: [OptionsModule], useExisting: InMemoryOptions }],
  ])('takes its options from %s', async (_, how) => {
    const app = await start(
      EventSourcingModule.forRootAsync(how),
      EventSourcingModule.forFeature({ events: [LeftNoted] }),
    );
    expect(await app.get(EventStore).append('left-1', [new LeftNoted('a')])).toMatchObject({ version: 1 });
    expect(await app.get(DeadLetterQueue).stats()).toMatchObject({ parked: 0 });
    await app.close();
  });

  it('does not disturb another one in the same process', async () => {
    const connection = TypeOrmModule.forRoot({ type: 'postgres', url: database.url });
    const [left, right, memory] = await Promise.all([
      start(connection, EventSourcingModule.forRoot(), EventSourcingModule.forFeature({ events: [LeftNoted] })),
      start(
        TypeOrmModule.forRoot({ type: 'postgres', url: database.url }),
        EventSourcingModule.forRoot({ schema: 'right', migrate: true }),
        EventSourcingModule.forFeature({ events: [RightNoted] }),
      ),
      start(EventSourcingModule.forRoot({ store: 'memory' }), EventSourcingModule.forFeature({ events: [LeftNoted] })),
    ]);
    await left.get(EventStore).append('left-1', [new LeftNoted('a'), new LeftNoted('b')]);
    await expect(right.get(EventStore).append('left-1', [new LeftNoted('c')])).rejects.toThrow(UnknownEventTypeError);
    expect(await right.get(EventStore).append('left-1', [new RightNoted('c')])).toMatchObject({ version: 1 });
    expect(await memory.get(EventStore).streamVersion('left-1')).toBe(0);
    await right.close();
    expect(await left.get(EventStore).streamVersion('left-1')).toBe(2);
    await Promise.all([left.close(), memory.close()]);
  });

  it('works on a DataSource that has a name', async () => {
    const app = await start(
      TypeOrmModule.forRoot({ type: 'postgres', url: database.url, name: 'events' }),
      EventSourcingModule.forRoot({ dataSource: 'events' }),
      EventSourcingModule.forFeature({ events: [LeftNoted] }),
    );
    await app.get(EventStore).append('named-1', [new LeftNoted('a')]);
    expect(await app.get(EventStore).streamVersion('named-1')).toBe(1);
    await app.close();
  });

  it('runs no subscription where workers is false', async () => {
    @Projection({ name: 'idle' })
    class Idle {
      @On(LeftNoted)
      noted(): void {
        throw new Error('must not run');
      }
    }
    const app = await start(
      EventSourcingModule.forRoot({ store: 'memory', workers: false }),
      EventSourcingModule.forFeature({ events: [LeftNoted], projections: [Idle] }),
    );
    await app.get(EventStore).append('left-1', [new LeftNoted('a')]);
    expect((await app.get(SubscriptionManager).status())[0]).toMatchObject({ state: 'stopped', position: undefined });
    await app.close();
  });

  it('refuses to start without a DataSource, and says how to give it one', async () => {
    expect(await failureOf(EventSourcingModule.forRoot())).toMatchObject({
      code: 'CONFIGURATION',
      problems: [expect.stringContaining('TypeOrmModule.forRoot')],
    });
  });

  it('refuses to start on a schema that was never migrated', async () => {
    // Nest closes nothing of an app that failed to start, so the test closes the connection itself.
    const dataSource = await database.connect();
    const connected = TypeOrmModule.forRootAsync({
      useFactory: () => ({ type: 'postgres' }),
      dataSourceFactory: () => Promise.resolve(dataSource),
    });
    const error = await failureOf(connected, EventSourcingModule.forRoot({ schema: 'absent' }));
    expect(error).toBeInstanceOf(SchemaOutdatedError);
  });

  it('refuses a wire name that two classes claim', async () => {
    const error = await failureOf(
      EventSourcingModule.forRoot({ store: 'memory' }),
      EventSourcingModule.forFeature({ events: [LeftNoted] }),
      EventSourcingModule.forFeature({ events: [LeftImpostor] }),
    );
    expect(error).toMatchObject({ problems: [expect.stringMatching(/'left.noted'.*LeftNoted and LeftImpostor/)] });
  });

  it('lists all that is wrong with its projections in one error', async () => {
    class Undecorated {}

    @Projection({ name: 'twice' })
    class First {
      @On(LeftNoted)
      noted(): void {
        return;
      }
    }

    @Projection({ name: 'twice' })
    class Second extends First {
      @On(LeftNoted)
      again(): void {
        return;
      }
    }

    @Projection({ name: 'has space', version: 0 })
    class Nameless {}

    @Projection({ name: 'stranger' })
    class Stranger {
      @On(RightNoted)
      noted(): void {
        return;
      }
    }

    @Injectable({ scope: Scope.REQUEST })
    @Projection({ name: 'scoped' })
    class Scoped extends First {}

    const error = await failureOf(
      EventSourcingModule.forRoot({ store: 'memory' }),
      EventSourcingModule.forFeature({
        events: [LeftNoted],
        projections: [Undecorated, First, Second, Nameless, Stranger, Scoped],
      }),
    );
    expect(error).toBeInstanceOf(ConfigurationError);
    expect((error as ConfigurationError).problems).toEqual([
      expect.stringContaining('Undecorated is listed as a projection but has no @Projection'),
      expect.stringContaining("Second has two handlers for 'left.noted'"),
      expect.stringContaining('name of Nameless: must have 1 to 100 letters'),
      expect.stringContaining('version of Nameless: '),
      expect.stringContaining('Nameless has no handler'),
      expect.stringContaining('Stranger.noted handles RightNoted, which is no registered event'),
      expect.stringContaining('Scoped is request-scoped'),
    ]);
  });
});

describe('a projection with the in-memory store', () => {
  it('handles an event again where it failed, and none of those before it, though nothing can be rolled back', async () => {
    const handled: string[] = [];
    let failures = 0;
    @Projection({ name: 'moody' })
    class Moody {
      @On(LeftNoted)
      noted({ data }: RecordedEvent<LeftNoted>): void {
        if (data.text === 'c' && failures++ < 2) throw new Error('not in the mood');
        handled.push(data.text);
      }
    }
    const app = await start(
      EventSourcingModule.forRoot({ store: 'memory', subscriptions: { retryInitialDelayMs: 1 } }),
      EventSourcingModule.forFeature({ events: [LeftNoted], projections: [Moody] }),
    );
    const events = ['a', 'b', 'c', 'd'].map((text) => new LeftNoted(text));
    const { position } = await app.get(EventStore).append('left-1', events);
    await app.get(SubscriptionManager).waitFor(position, { subscription: 'moody' });
    expect(handled).toEqual(['a', 'b', 'c', 'd']);
    expect(failures).toBe(3);
    await app.close();
  });
});

describe('the signals', () => {
  it('tell a listener of the app what each room does', async () => {
    @EventSourced('left', { snapshotEvery: 2, snapshotMode: 'sync' })
    class Left extends EventSourcedAggregate {
      note(text: string): void {
        this.apply(new LeftNoted(text));
      }
    }
    @Projection({ name: 'moody' })
    class Moody {
      private calls = 0;
      @On(LeftNoted)
      noted(): void {
        if (this.calls++ === 0) throw new Error('not in the mood');
      }
    }
    const app = await start(
      EventSourcingModule.forRoot({ store: 'memory', subscriptions: { retryInitialDelayMs: 1 } }),
      EventSourcingModule.forFeature({ events: [LeftNoted], aggregates: [Left], projections: [Moody] }),
    );
    const told = new Map<string, unknown>();
    for (const signal of SIGNALS) app.get(Instrumentation).on<unknown>(signal, (fact) => told.set(signal.name, fact));

    const lefts = app.get<AggregateRepository<Left>>(getAggregateRepositoryToken(Left), { strict: false });
    await lefts.create('1', (left) => left.note('a'));
    const { position } = await lefts.update('1', (left) => left.note('b'));
    await expect(lefts.create('1', (left) => left.note('c'))).rejects.toThrow();
    await app.get(SubscriptionManager).waitFor(position!, { subscription: 'moody' });
    await app.close();

    expect([...told.keys()].sort()).toEqual(SIGNALS.map(({ name }) => name).sort());
    expect(told.get(APPEND_FAILED.name)).toMatchObject({ streamId: 'left-1', error: { code: 'CONCURRENCY' } });
    expect(told.get(BATCH_HANDLED.name)).toMatchObject({ subscription: 'moody', position });
    expect(told.get(PARTITION_OWNERSHIP.name)).toMatchObject({ change: 'released' });
  });
});
