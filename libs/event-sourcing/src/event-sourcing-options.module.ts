import { ConfigurableModuleBuilder, Global, Module } from '@nestjs/common';
import { AGGREGATES_OPTIONS } from './aggregates/index.js';
import { DATABASE_OPTIONS } from './database/index.js';
import { EVENT_STORE_OPTIONS } from './event-store/index.js';
import { type EventSourcingModuleOptions, validateOptions } from './event-sourcing.options.js';
import type { MetricsOptions } from './observability/index.js';
import { HEALTH_OPTIONS } from './health/index.js';
import { SHUTDOWN_OPTIONS } from './lifecycle/index.js';
import { SUBSCRIPTIONS_OPTIONS } from './subscriptions/index.js';

/** What is said beside the options and must be known before they are. */
export interface EventSourcingModuleExtras {
  /** Name of the TypeORM DataSource to work on. @default the one without a name */
  readonly dataSource?: string;
  /**
   * Metrics for Prometheus: `true`, or how. Needs the packages `prom-client` and `@willsoto/nestjs-prometheus`.
   * @default false
   */
  readonly metrics?: MetricsOptions | boolean;
  /** Whether there are OpenTelemetry spans. Needs the package `@opentelemetry/api`, and an SDK that the app sets up. @default false */
  readonly tracing?: boolean;
  /**
   * Answers probes at `/health`, `/health/ready` and `/health/live`, or under the path that is given. Needs the package
   * `@nestjs/terminus`. @default false
   */
  readonly healthController?: boolean | string;
}

/** Makes the options of `useClass` and `useExisting`. */
export interface EventSourcingOptionsFactory {
  createEventSourcingOptions(): EventSourcingModuleOptions | Promise<EventSourcingModuleOptions>;
}

const builder = new ConfigurableModuleBuilder<EventSourcingModuleOptions>({ moduleName: 'EventSourcing' })
  .setClassMethodName('forRoot')
  .setFactoryMethodName('createEventSourcingOptions')
  .setExtras<EventSourcingModuleExtras>({}, (definition) => definition)
  .build();
const { ConfigurableModuleClass, MODULE_OPTIONS_TOKEN } = builder;

/** Token of the options as the app gave them. */
export const GIVEN_OPTIONS: string | symbol = MODULE_OPTIONS_TOKEN;

/** What `forRoot` takes. */
export type RootOptions = typeof builder.OPTIONS_TYPE;

/** What `forRootAsync` takes. */
export type RootAsyncOptions = typeof builder.ASYNC_OPTIONS_TYPE;

/** Token of the options that hold, of which every room gets its slice. */
export const VALIDATED_OPTIONS = Symbol('tidemark.validated-options');

function slice<T>(token: symbol, pick: (options: EventSourcingModuleOptions) => T | undefined) {
  return {
    provide: token,
    inject: [VALIDATED_OPTIONS],
    useFactory: (options: EventSourcingModuleOptions) => pick(options) ?? {},
  };
}

/** Checks the options of the app and hands each room its slice. */
@Global()
@Module({
  providers: [
    { provide: VALIDATED_OPTIONS, inject: [GIVEN_OPTIONS], useFactory: validateOptions },
    slice(DATABASE_OPTIONS, ({ store, schema, migrate, preparedStatements, ...rest }) => {
      const { notifications, directUrl, startupTimeoutMs } = rest;
      return definedOnly({ store, schema, migrate, preparedStatements, notifications, directUrl, startupTimeoutMs });
    }),
    slice(EVENT_STORE_OPTIONS, ({ eventStore }) => eventStore),
    slice(AGGREGATES_OPTIONS, ({ aggregates }) => aggregates),
    slice(HEALTH_OPTIONS, ({ health }) => definedOnly({ ...health })),
    slice(SHUTDOWN_OPTIONS, ({ shutdown }) => definedOnly({ ...shutdown })),
    slice(SUBSCRIPTIONS_OPTIONS, ({ subscriptions, workers, shutdown }) =>
      definedOnly({ ...subscriptions, workers, drainTimeoutMs: shutdown?.drainTimeoutMs }),
    ),
  ],
  exports: [
    DATABASE_OPTIONS,
    EVENT_STORE_OPTIONS,
    AGGREGATES_OPTIONS,
    HEALTH_OPTIONS,
    SHUTDOWN_OPTIONS,
    SUBSCRIPTIONS_OPTIONS,
  ],
})
export class EventSourcingOptionsModule extends ConfigurableModuleClass {}

// An option that is given as undefined counts as not given, so that the default holds.
function definedOnly<T extends object>(options: T): Partial<T> {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as Partial<T>;
}
