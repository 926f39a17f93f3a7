import { randomUUID } from 'node:crypto';
import { Logger } from '@nestjs/common';
import type { DataSource } from 'typeorm';
import { EventSerializer, EventTypeRegistry, Instrumentation } from '../../libs/event-sourcing/src/core/index.js';
import { PostgresLeaseStore, type PostgresDatabaseOptions } from '../../libs/event-sourcing/src/database/index.js';
import { PostgresDeadLetterStore } from '../../libs/event-sourcing/src/dead-letter-queue/index.js';
import {
  batchIdleTimeoutMs,
  PostgresCheckpointStore,
  PostgresSubscriptionDirectory,
  resolveSubscriptionsOptions,
  type SubscriptionDefinition,
  SubscriptionManager,
  SubscriptionRegistry,
  type SubscriptionsOptions,
} from '../../libs/event-sourcing/src/subscriptions/index.js';
import { Counted, createPostgresStore, type PostgresStore } from './postgres-store.js';

/** A process' share of the engine, put together by hand as the modules would. */
export interface Engine extends PostgresStore {
  readonly manager: SubscriptionManager;
  readonly instrumentation: Instrumentation;
  readonly checkpoints: PostgresCheckpointStore;
  readonly leases: PostgresLeaseStore;
  readonly deadLetters: PostgresDeadLetterStore;
  readonly directory: PostgresSubscriptionDirectory;
}

/** Options that let a test see things happen soon. */
const QUICK: SubscriptionsOptions = { retryInitialDelayMs: 5, retryMaxDelayMs: 20, maxPollIntervalMs: 50 };

/** @param dataSource as if of a process of its own: each engine has another owner name. */
export function createEngine(
  dataSource: DataSource,
  definitions: readonly SubscriptionDefinition[],
  options: SubscriptionsOptions = {},
  database: Partial<PostgresDatabaseOptions> = {},
): Engine {
  // What the engines say of failures that a test makes on purpose belongs into no test's output.
  Logger.overrideLogger(false);
  const parts = createPostgresStore(dataSource, database);
  const registry = new SubscriptionRegistry();
  for (const definition of definitions) registry.add(definition);
  const instrumentation = new Instrumentation((error) => {
    throw error;
  });
  const resolved = resolveSubscriptionsOptions({ ...QUICK, ...options });
  const checkpoints = new PostgresCheckpointStore(parts.database, batchIdleTimeoutMs(resolved));
  const leases = new PostgresLeaseStore(parts.database);
  const directory = new PostgresSubscriptionDirectory(parts.database);
  const deadLetters = new PostgresDeadLetterStore(parts.database);
  const manager = new SubscriptionManager(registry, {
    storage: parts.storage,
    serializer: new EventSerializer(new EventTypeRegistry().register(Counted)),
    context: parts.context,
    leases,
    checkpoints,
    directory,
    deadLetters,
    wakeUps: parts.wakeUps,
    instrumentation,
    options: resolved,
    owner: `test/${randomUUID()}`,
  });
  return { ...parts, manager, instrumentation, checkpoints, leases, directory, deadLetters };
}

/** A projection of {@link Counted} events, by its handler alone. */
export function countedProjection(handle: SubscriptionDefinition['handle'], name = 'counted'): SubscriptionDefinition {
  return { name, kind: 'projection', version: 1, partitions: 1, startFrom: 'beginning', types: ['counted'], handle };
}
