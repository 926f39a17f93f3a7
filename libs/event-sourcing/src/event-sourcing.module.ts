import { type DynamicModule, type ModuleMetadata, Module, type Type } from '@nestjs/common';
import { type AggregatesFeature, AggregatesModule } from './aggregates/index.js';
import { type EventClass, EventTypeRegistry } from './core/index.js';
import { CorrelationModule } from './correlation/index.js';
import { DatabaseModule } from './database/index.js';
import { DeadLetterQueueModule } from './dead-letter-queue/index.js';
import { EventStoreModule } from './event-store/index.js';
import {
  type EventSourcingModuleExtras,
  EventSourcingOptionsModule,
  type RootAsyncOptions,
  type RootOptions,
} from './event-sourcing-options.module.js';
import { HealthModule } from './health/index.js';
import { LifecycleModule } from './lifecycle/index.js';
import { ObservabilityModule } from './observability/index.js';
import { ProjectionsModule } from './projections/index.js';
import { subscriptionProviders, SubscriptionsModule } from './subscriptions/index.js';

/** What a feature module brings along. */
export interface EventSourcingFeature extends AggregatesFeature {
  /** Classes with `@DomainEvent`. @default none */
  readonly events?: readonly EventClass[];
  /** Classes with `@Projection`; they can inject what `imports` exports and what is global. @default none */
  readonly projections?: readonly Type<object>[];
  /** Classes with `@Subscriber`; they can inject the same. @default none */
  readonly subscribers?: readonly Type<object>[];
  /** Modules whose exports projections and subscribers inject. @default none */
  readonly imports?: ModuleMetadata['imports'];
}

/** The door to Tidemark: `forRoot` or `forRootAsync` once in the app, `forFeature` in each module that has events. */
@Module({})
export class EventSourcingModule {
  /** Sets up the event store and all that goes with it, for the whole app. Wants TypeORM's module beside it, unless `store` is `memory`. */
  static forRoot(options: RootOptions = {}): DynamicModule {
    const { dataSource, metrics, tracing, healthController, ...rest } = options;
    return compose(EventSourcingOptionsModule.forRoot(rest), { dataSource, metrics, tracing, healthController });
  }

  /** The same with options from `useFactory`, `useClass` or `useExisting`. */
  static forRootAsync(options: RootAsyncOptions): DynamicModule {
    const { dataSource, metrics, tracing, healthController, ...rest } = options;
    return compose(EventSourcingOptionsModule.forRootAsync(rest), { dataSource, metrics, tracing, healthController });
  }

  /** Registers event types, provides repositories, and runs projections. */
  static forFeature({
    events = [],
    projections = [],
    subscribers = [],
    imports = [],
    ...aggregates
  }: EventSourcingFeature): DynamicModule {
    const repositories = AggregatesModule.forFeature(aggregates);
    return {
      module: EventSourcingModule,
      imports: [...imports, repositories],
      providers: [
        {
          provide: Symbol('tidemark.event-types'),
          inject: [EventTypeRegistry],
          useFactory: (registry: EventTypeRegistry) => registry.register(...events),
        },
        ...subscriptionProviders('projection', projections),
        ...subscriptionProviders('subscriber', subscribers),
      ],
      exports: [repositories, ...projections, ...subscribers],
    };
  }
}

function compose(
  options: DynamicModule,
  { dataSource, metrics, tracing, healthController = false }: EventSourcingModuleExtras,
): DynamicModule {
  const healthPath = healthController === true ? 'health' : healthController || undefined;
  return {
    module: EventSourcingModule,
    imports: [
      options,
      DatabaseModule.register(options, dataSource),
      EventStoreModule.register(options),
      DeadLetterQueueModule.register(),
      LifecycleModule.register(options),
      SubscriptionsModule.register(options),
      ProjectionsModule,
      HealthModule.register(options, healthPath),
      CorrelationModule,
      ObservabilityModule.register({ metrics, tracing }),
    ],
  };
}
