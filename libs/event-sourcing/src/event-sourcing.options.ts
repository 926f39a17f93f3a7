import { z } from 'zod';
import { type AggregatesOptions } from './aggregates/index.js';
import { ConfigurationError, count, milliseconds } from './core/index.js';
import { assertSchemaName, type DatabaseOptions } from './database/index.js';
import { type EventStoreOptions, eventStoreSchema } from './event-store/index.js';
import { type HealthOptions, healthSchema } from './health/index.js';
import { type ShutdownOptions, shutdownSchema } from './lifecycle/index.js';
import { subscriptionsSchema, type SubscriptionsOptions } from './subscriptions/index.js';

/** Options of `EventSourcingModule.forRoot`. All have defaults. */
export interface EventSourcingModuleOptions extends DatabaseOptions {
  /** Whether this process runs subscriptions; `false` for one that only serves requests. @default true */
  readonly workers?: boolean;
  readonly eventStore?: EventStoreOptions;
  readonly aggregates?: AggregatesOptions;
  readonly subscriptions?: Omit<SubscriptionsOptions, 'workers' | 'drainTimeoutMs'>;
  readonly shutdown?: ShutdownOptions;
  readonly health?: HealthOptions;
}

const schemaName = z.string().superRefine((schema, context) => {
  try {
    assertSchemaName(schema);
  } catch (error) {
    context.addIssue({ code: 'custom', message: (error as Error).message });
  }
});

const optionsSchema = z.strictObject({
  store: z.enum(['postgres', 'memory']).optional(),
  schema: schemaName.optional(),
  migrate: z.boolean().optional(),
  preparedStatements: z.boolean().optional(),
  notifications: z.boolean().optional(),
  directUrl: z.url({ protocol: /^postgres(ql)?$/, hostname: /.*/ }).optional(),
  startupTimeoutMs: milliseconds(0),
  workers: z.boolean().optional(),
  eventStore: eventStoreSchema.optional(),
  aggregates: z
    .strictObject({ snapshotsEnabled: z.boolean().optional(), snapshotQueueLimit: count(100_000) })
    .optional(),
  subscriptions: subscriptionsSchema.optional(),
  shutdown: shutdownSchema.optional(),
  health: healthSchema.optional(),
});

/** Checks the options; throws one {@link ConfigurationError} that lists all that is wrong. */
export function validateOptions(given: EventSourcingModuleOptions): EventSourcingModuleOptions {
  const result = optionsSchema.safeParse(given);
  if (result.success) return result.data;
  throw new ConfigurationError(
    result.error.issues.map(({ path, message }) => `option '${path.join('.') || '(all)'}': ${message}.`),
  );
}
