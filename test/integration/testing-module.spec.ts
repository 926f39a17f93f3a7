import { afterEach, describe, expect, it } from '@jest/globals';
import { Injectable, Module } from '@nestjs/common';
import { Test, type TestingModule } from '@nestjs/testing';
import { getDataSourceToken, InjectRepository, TypeOrmModule } from '@nestjs/typeorm';
import {
  ConfigurationError,
  DeadLetterQueue,
  DomainEvent,
  EventSourcingModule,
  EventStore,
  On,
  OnBatch,
  Projection,
  type RecordedEvent,
} from '@tidemark/event-sourcing';
import {
  EventSourcingTestingModule,
  type EventSourcingTestingOptions,
  FakeClock,
  NoDatabaseError,
  settled,
} from '@tidemark/event-sourcing/testing';
import { Column, DataSource, Entity, PrimaryColumn, Repository } from 'typeorm';

@DomainEvent('door.opened')
class DoorOpened {
  constructor(readonly by: string) {}
}

@Entity('visits')
class Visit {
  @PrimaryColumn('text')
  by!: string;

  @Column('integer')
  count!: number;
}

@Injectable()
class Visits {
  constructor(@InjectRepository(Visit) private readonly visits: Repository<Visit>) {}

  async count(): Promise<number> {
    return this.visits.count();
  }
}

@Projection({ name: 'guests' })
class Guests {
  readonly names: string[] = [];

  @On(DoorOpened)
  opened({ data }: RecordedEvent<DoorOpened>): void {
    if (data.by === 'nobody') throw new Error('nobody there');
    this.names.push(data.by);
  }
}

@Projection({ name: 'batch-sizes' })
class BatchSizes {
  readonly sizes: number[] = [];

  @OnBatch(DoorOpened)
  opened(events: readonly RecordedEvent<DoorOpened>[]): void {
    this.sizes.push(events.length);
  }
}

/** What the app says of failures that a test makes on purpose belongs into no test's output. */
const SILENT = { log: () => undefined, error: () => undefined, warn: () => undefined };

const SETTINGS = Symbol('settings');

/** Nothing answers there; an app that connected would fail. */
const NOWHERE = { type: 'postgres', url: 'postgres://app@127.0.0.1:1/app', retryAttempts: 0 } as const;

@Module({
  imports: [
    EventSourcingModule.forFeature({ events: [DoorOpened], projections: [Guests, BatchSizes] }),
    TypeOrmModule.forFeature([Visit]),
  ],
  providers: [Visits],
})
class DoorsModule {}

@Module({
  imports: [
    TypeOrmModule.forRoot({ ...NOWHERE, autoLoadEntities: true }),
    EventSourcingModule.forRoot({
      store: 'postgres',
      migrate: true,
      metrics: true,
      healthController: true,
      subscriptions: { batchSize: 7, maxRetries: 50 },
    }),
    DoorsModule,
  ],
})
class AppModule {}

// Made when it is used: each registers the name of its DataSource.
function asyncApp(): typeof AppModule {
  @Module({
    imports: [
      TypeOrmModule.forRootAsync({ useFactory: () => ({ ...NOWHERE, autoLoadEntities: true }) }),
      EventSourcingModule.forRootAsync({
        imports: [{ module: class {}, providers: [{ provide: SETTINGS, useValue: 3 }], exports: [SETTINGS] }],
        inject: [SETTINGS],
        useFactory: (batchSize: number) => ({ startupTimeoutMs: 0, subscriptions: { batchSize } }),
      }),
      DoorsModule,
    ],
  })
  class AsyncAppModule {}
  return AsyncAppModule;
}

describe('EventSourcingTestingModule', () => {
  const started: TestingModule[] = [];

  afterEach(async () => {
    await Promise.all(started.splice(0).map((module) => module.close()));
  });

  async function start(app: object, options?: EventSourcingTestingOptions): Promise<TestingModule> {
    const builder = Test.createTestingModule({ imports: [app as typeof AppModule] }).setLogger(SILENT);
    const module = await EventSourcingTestingModule.replaceStore(builder, options).compile();
    started.push(module);
    return module.init();
  }

  it.each([
    ['forRoot', () => AppModule],
    ['forRootAsync', asyncApp],
  ])('runs an app that asks for PostgreSQL in %s without it', async (_method, app) => {
    const module = await start(app());
    await module.get(EventStore).append('door-1', [new DoorOpened('ada'), new DoorOpened('bob')]);
    expect(module.get(Guests, { strict: false }).names).toEqual([]);
    await settled(module, { timeoutMs: 60_000 });
    expect(module.get(Guests, { strict: false }).names).toEqual(['ada', 'bob']);
  });

  it('lets subscriptions run by themselves where it is told to', async () => {
    const module = await start(AppModule, { workers: true });
    await module.get(EventStore).append('door-1', [new DoorOpened('ada')]);
    await settled(module, { timeoutMs: 60_000 });
    expect(module.get(Guests, { strict: false }).names).toEqual(['ada']);
  });

  it('does not retry, so that a failure is known at once', async () => {
    const module = await start(AppModule);
    await module.get(EventStore).append('door-1', [new DoorOpened('nobody')]);
    await settled(module, { allowDeadLetters: true, timeoutMs: 60_000 });
    const { letters } = await module.get(DeadLetterQueue).list();
    expect(letters.map(({ attempts }) => attempts.length)).toEqual([1]);
  });

  it('keeps what else the app says, but for what the test says', async () => {
    const doors = Array.from({ length: 10 }, (_, n) => new DoorOpened(`guest ${n}`));
    const sizesWith = async (subscriptions?: EventSourcingTestingOptions['subscriptions']): Promise<number[]> => {
      const module = await start(AppModule, { subscriptions });
      await module.get(EventStore).append('door-1', doors);
      await settled(module, { timeoutMs: 60_000 });
      return module.get(BatchSizes, { strict: false }).sizes;
    };
    expect(await sizesWith()).toEqual([7, 3]);
    expect(await sizesWith({ batchSize: 4 })).toEqual([4, 4, 2]);
    await expect(start(AppModule, { subscriptions: { batchSize: 0 } })).rejects.toThrow(ConfigurationError);
  });

  it('starts repositories of TypeORM, which refuse to ask a database', async () => {
    const module = await start(AppModule);
    await expect(module.get(Visits, { strict: false }).count()).rejects.toThrow(NoDatabaseError);
    const dataSource = module.get<DataSource>(getDataSourceToken(), { strict: false });
    await expect(dataSource.query('select 1')).rejects.toMatchObject({ code: 'NO_DATABASE', dataSource: 'default' });
    await expect(dataSource.transaction(async () => 1)).rejects.toThrow("has taken the DataSource 'default' out");
    await expect(dataSource.initialize()).rejects.toThrow(NoDatabaseError);
  });

  it('takes out the DataSources that are named, and tells which one was asked', async () => {
    const elsewhere = {
      module: class {},
      imports: [
        TypeOrmModule.forRoot({ ...NOWHERE, name: 'events' }),
        EventSourcingModule.forRoot({ dataSource: 'events' }),
        EventSourcingModule.forFeature({ events: [DoorOpened], projections: [Guests] }),
      ],
    };
    const module = await start(elsewhere, { dataSources: ['events'] });
    await module.get(EventStore).append('door-1', [new DoorOpened('ada')]);
    await settled(module, { timeoutMs: 60_000 });
    const dataSource = module.get<DataSource>(getDataSourceToken('events'), { strict: false });
    await expect(dataSource.query('select 1')).rejects.toMatchObject({ code: 'NO_DATABASE', dataSource: 'events' });
  });

  it('serves the app over its own HTTP server as well', async () => {
    const builder = Test.createTestingModule({ imports: [AppModule] }).setLogger(SILENT);
    const module = await EventSourcingTestingModule.replaceStore(builder).compile();
    const app = module.createNestApplication();
    await app.init();
    await app.get(EventStore).append('door-1', [new DoorOpened('ada')]);
    await settled(app, { timeoutMs: 60_000 });
    await settled(module, { timeoutMs: 60_000 });
    expect(app.get(Guests, { strict: false }).names).toEqual(['ada']);
    await app.close();
  });

  it('leaves a DataSource alone that is not to be taken out', async () => {
    await expect(start(AppModule, { dataSources: [] })).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });

  it('stamps events, dead letters and their times by a fake clock', async () => {
    const clock = new FakeClock('2026-03-01T12:00:00Z');
    const module = await start(AppModule, { clock });
    const store = module.get(EventStore);
    await store.append('door-1', [new DoorOpened('ada')]);
    const later = clock.advance({ hours: 1 });
    await store.append('door-1', [new DoorOpened('nobody')]);
    const times: Date[][] = [];
    for await (const { occurredAt, recordedAt } of store.readStream('door-1')) times.push([occurredAt, recordedAt]);
    const noon = new Date('2026-03-01T12:00:00Z');
    expect(times).toEqual([
      [noon, noon],
      [later, later],
    ]);
    clock.advance({ days: 1 });
    await settled(module, { allowDeadLetters: true, timeoutMs: 60_000 });
    const { letters } = await module.get(DeadLetterQueue).list();
    expect(letters.map(({ parkedAt }) => parkedAt)).toEqual([clock.now()]);
  });
});
