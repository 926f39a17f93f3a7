import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { type DynamicModule, Global, Module, type Provider, type Type } from '@nestjs/common';
import { DiscoveryModule } from '@nestjs/core';
import { EventContext, EventSerializer, Instrumentation } from '../core/index.js';
import { DeadLetterStore } from '../dead-letter-queue/index.js';
import { LeaseStore, PostgresDatabase } from '../database/index.js';
import { EventStorage, FeedWakeUps } from '../event-store/index.js';
import { ShutdownDrain } from '../lifecycle/index.js';
import { CheckpointStore } from './checkpoint-store.js';
import { InMemoryCheckpointStore } from './in-memory/in-memory-checkpoint-store.js';
import { InMemorySubscriptionDirectory } from './in-memory/in-memory-subscription-directory.js';
import { ListedClasses } from './declaration/listed-classes.js';
import { PostgresCheckpointStore } from './postgres/postgres-checkpoint-store.js';
import { SubscriptionDirectory } from './ownership/subscription-directory.js';
import { PostgresSubscriptionDirectory } from './postgres/postgres-subscription-directory.js';
import { SubscriberExplorer } from './subscriber/subscriber.explorer.js';
import { SubscriptionLags } from './subscription-lags.js';
import { SubscriptionManager } from './subscription-manager.js';
import { SubscriptionRegistry } from './subscription-registry.js';
import {
  batchIdleTimeoutMs,
  resolveSubscriptionsOptions,
  SUBSCRIPTIONS_OPTIONS,
  type SubscriptionsOptions,
} from './subscriptions.options.js';

/** Runs what is registered in {@link SubscriptionRegistry}. */
@Global()
@Module({})
export class SubscriptionsModule {
  /** @param options module that exports {@link SUBSCRIPTIONS_OPTIONS}. */
  static register(options: DynamicModule): DynamicModule {
    return {
      module: SubscriptionsModule,
      imports: [options, DiscoveryModule],
      providers: [
        SubscriptionRegistry,
        SubscriberExplorer,
        {
          provide: CheckpointStore,
          inject: [PostgresDatabase, SUBSCRIPTIONS_OPTIONS],
          useFactory: (database: PostgresDatabase | null, options: SubscriptionsOptions) =>
            database === null
              ? new InMemoryCheckpointStore()
              : new PostgresCheckpointStore(database, batchIdleTimeoutMs(resolveSubscriptionsOptions(options))),
        },
        {
          provide: SubscriptionDirectory,
          inject: [PostgresDatabase],
          useFactory: (database: PostgresDatabase | null) =>
            database === null ? new InMemorySubscriptionDirectory() : new PostgresSubscriptionDirectory(database),
        },
        {
          provide: SubscriptionLags,
          inject: [SubscriptionRegistry, EventStorage, CheckpointStore],
          useFactory: (registry: SubscriptionRegistry, storage: EventStorage, checkpoints: CheckpointStore) =>
            new SubscriptionLags(registry, storage, checkpoints),
        },
        {
          provide: SubscriptionManager,
          inject: [
            SubscriptionRegistry,
            EventStorage,
            EventSerializer,
            EventContext,
            LeaseStore,
            CheckpointStore,
            SubscriptionDirectory,
            DeadLetterStore,
            FeedWakeUps,
            Instrumentation,
            SUBSCRIPTIONS_OPTIONS,
            ShutdownDrain,
          ],
          useFactory: createManager,
        },
      ],
      exports: [SubscriptionRegistry, CheckpointStore, SubscriptionLags, SubscriptionManager],
    };
  }
}

/** The providers of the subscriptions that a feature lists. One may as well be a provider of any other module of the app. */
export function subscriptionProviders(
  kind: ListedClasses['kind'],
  types: readonly Type<object>[],
): readonly Provider[] {
  const list = { provide: Symbol('tidemark.listed-classes'), useValue: new ListedClasses(kind, types) };
  return [...types, list];
}

function createManager(
  registry: SubscriptionRegistry,
  storage: EventStorage,
  serializer: EventSerializer,
  context: EventContext,
  leases: LeaseStore,
  checkpoints: CheckpointStore,
  directory: SubscriptionDirectory,
  deadLetters: DeadLetterStore,
  wakeUps: FeedWakeUps,
  instrumentation: Instrumentation,
  given: SubscriptionsOptions,
  shutdown: ShutdownDrain,
): SubscriptionManager {
  const options = resolveSubscriptionsOptions(given);
  const owner = `${hostname()}/${process.pid}/${randomUUID().slice(0, 8)}`;
  const stores = { storage, leases, checkpoints, directory, deadLetters };
  const parts = { ...stores, serializer, context, wakeUps, instrumentation, options, owner };
  const manager = new SubscriptionManager(registry, parts);
  shutdown.register(manager.drainable);
  return manager;
}
