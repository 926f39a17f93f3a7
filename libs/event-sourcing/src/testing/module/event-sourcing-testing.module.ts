import { getDataSourceToken } from '@nestjs/typeorm';
import { EventSerializer, EventTypeRegistry } from '../../core/index.js';
import { DeadLetterStore, InMemoryDeadLetterStore } from '../../dead-letter-queue/index.js';
import { EventStorage, InMemoryEventStorage, InMemorySnapshotStore, SnapshotStore } from '../../event-store/index.js';
import { GIVEN_OPTIONS, VALIDATED_OPTIONS } from '../../event-sourcing-options.module.js';
import { type EventSourcingModuleOptions, validateOptions } from '../../event-sourcing.options.js';
import type { FakeClock } from '../clock/fake-clock.js';
import { AbsentDataSource } from './absent-data-source.js';

/** How the app under test differs from the real one, beside its store. */
export interface EventSourcingTestingOptions {
  /** Whether subscriptions run by themselves; otherwise `settled` runs them. @default false */
  readonly workers?: boolean;
  /** Gives the time stamps of events, snapshots and dead letters. @default the real one */
  readonly clock?: FakeClock;
  /** Options of the subscriptions that differ from the app's. @default no retries and no circuit breaker */
  readonly subscriptions?: EventSourcingModuleOptions['subscriptions'];
  /** Names of the TypeORM DataSources that are taken out; others connect as ever. @default ['default'] */
  readonly dataSources?: readonly string[];
}

/** What is asked of Nest's `TestingModuleBuilder`, so that nobody needs `@nestjs/testing` who does not use it. */
export interface OverridableProviders {
  overrideProvider(token: unknown): {
    useValue(value: unknown): unknown;
    // Nest's own type; nothing narrower takes factories of all kinds.
    // eslint-disable-next-line @typescript-eslint/no-explicit-any
    useFactory(options: { factory: (...injected: any[]) => unknown; inject?: unknown[] }): unknown;
  };
}

/** Replaces the store of an app in a Nest testing module, so that it is tested as it is, and without PostgreSQL. */
export class EventSourcingTestingModule {
  /**
   * Has the app of `Test.createTestingModule(...)` start with the memory store, whatever it says in `forRoot`, and gives the
   * builder back. What else the app says holds. Works on any module that imports `EventSourcingModule.forRoot`, or
   * `forRootAsync`, however deep.
   */
  static replaceStore<Builder extends OverridableProviders>(
    builder: Builder,
    { workers = false, clock, subscriptions, dataSources = ['default'] }: EventSourcingTestingOptions = {},
  ): Builder {
    // A test that expects a failure should not wait for retries, and one that fails should say so at once.
    const impatient = { maxRetries: 0, circuitBreaker: false, ...subscriptions } as const;
    builder.overrideProvider(VALIDATED_OPTIONS).useFactory({
      inject: [GIVEN_OPTIONS],
      factory: (given: EventSourcingModuleOptions) =>
        validateOptions({
          ...given,
          store: 'memory',
          workers,
          subscriptions: { ...given.subscriptions, ...impatient },
        }),
    });
    for (const name of dataSources) {
      builder.overrideProvider(getDataSourceToken(name)).useValue(new AbsentDataSource(name));
    }
    if (clock !== undefined) setClock(builder, clock);
    return builder;
  }
}

function setClock(builder: OverridableProviders, { now }: FakeClock): void {
  builder.overrideProvider(EventSerializer).useFactory({
    inject: [EventTypeRegistry],
    factory: (registry: EventTypeRegistry) => new EventSerializer(registry, now),
  });
  builder.overrideProvider(EventStorage).useFactory({ factory: () => new InMemoryEventStorage(now) });
  builder.overrideProvider(SnapshotStore).useFactory({ factory: () => new InMemorySnapshotStore(now) });
  builder.overrideProvider(DeadLetterStore).useFactory({ factory: () => new InMemoryDeadLetterStore(now) });
}
