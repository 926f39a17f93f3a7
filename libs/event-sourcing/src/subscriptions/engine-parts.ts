import type { EventContext, EventSerializer, Instrumentation } from '../core/index.js';
import type { LeaseStore } from '../database/index.js';
import type { DeadLetterStore } from '../dead-letter-queue/index.js';
import type { EventStorage, FeedWakeUps } from '../event-store/index.js';
import type { CheckpointStore } from './checkpoint-store.js';
import type { FeedTail } from './feed/feed-tail.js';
import type { InFlightBudget } from './feed/in-flight-budget.js';
import type { LeaseHeartbeat } from './ownership/lease-heartbeat.js';
import type { SubscriptionDirectory } from './ownership/subscription-directory.js';
import type { ResolvedSubscriptionsOptions } from './subscriptions.options.js';

/** What runs the subscriptions of a process works with. */
export interface EngineParts {
  readonly storage: EventStorage;
  readonly serializer: EventSerializer;
  readonly context: EventContext;
  readonly leases: LeaseStore;
  readonly checkpoints: CheckpointStore;
  readonly directory: SubscriptionDirectory;
  readonly deadLetters: DeadLetterStore;
  readonly wakeUps: FeedWakeUps;
  readonly instrumentation: Instrumentation;
  readonly options: ResolvedSubscriptionsOptions;
  /** Names this process among all that share the database. */
  readonly owner: string;
}

/** What the partitions of a process share. */
export interface SharedParts extends EngineParts {
  readonly heartbeat: LeaseHeartbeat;
  readonly tail: FeedTail;
  /** That of the subscription. */
  readonly budget: InFlightBudget;
}
