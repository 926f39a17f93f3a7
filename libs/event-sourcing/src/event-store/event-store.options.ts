import { z } from 'zod';
import { count } from '../core/index.js';
import { type GroupCommitOptions, groupCommitSchema } from './group-commit.options.js';

/** Options of the event store room. */
export interface EventStoreOptions {
  /** Events that a streaming read fetches at a time. 1 to 10,000. @default 500 */
  readonly readPageSize?: number;
  /** Appends that are under way at the same time are stored together; `false`: each by itself. PostgreSQL only. @default {} */
  readonly groupCommit?: GroupCommitOptions | false;
}

/** What holds where the options say nothing. */
export const EVENT_STORE_DEFAULTS: Required<EventStoreOptions> = Object.freeze({ readPageSize: 500, groupCommit: {} });

/** Checks {@link EventStoreOptions}. */
export const eventStoreSchema = z.strictObject({
  readPageSize: count(10_000),
  groupCommit: z.union([z.literal(false), groupCommitSchema]).optional(),
});

/** Injection token of the room's {@link EventStoreOptions}. */
export const EVENT_STORE_OPTIONS = Symbol('tidemark.event-store-options');
