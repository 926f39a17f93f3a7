import type { EntityManager } from 'typeorm';
import type { RecordedEvent } from '../core/index.js';
import type { FeedFilter } from '../event-store/index.js';
import type { SubscriptionTuning } from './subscriptions.options.js';

/** What a handler gets to work with. */
export interface DeliveryContext {
  readonly subscription: string;
  readonly partition: number;
  /** Transaction in which the checkpoint advances; `undefined` for a subscriber, and with the in-memory store. */
  readonly manager: EntityManager | undefined;
  /** Aborted when the handler should give up; what it does after that is rolled back. */
  readonly signal: AbortSignal;
}

/**
 * Where a subscription without a checkpoint begins: with the first event, behind the last one of now, or behind a position.
 * `checkpoint` begins nowhere: it must have one, so that a renamed subscriber does not send everything again.
 */
export type StartFrom = 'beginning' | 'end' | 'checkpoint' | bigint;

/** Takes events that follow upon each other in the feed, at least one. */
export type BatchHandle = (events: readonly RecordedEvent[], context: DeliveryContext) => Promise<void>;

/** A subscription as the engine runs it. */
export interface SubscriptionDefinition extends Pick<FeedFilter, 'categories' | 'tenantId'> {
  /** Unique; names its checkpoint, so a rename is a new subscription. */
  readonly name: string;
  /** `projection`: handled in the transaction of the checkpoint. `subscriber`: handled first, the checkpoint moves after. */
  readonly kind: 'projection' | 'subscriber';
  /** Raised by the author when what it builds changes; a projection is then rebuilt. */
  readonly version: number;
  readonly partitions: number;
  readonly startFrom: StartFrom;
  /** Wire names of the events that it wants; `*` at the end matches any rest. */
  readonly types: readonly string[];
  /** What it does differently from the app's options. */
  readonly tuning?: SubscriptionTuning;
  handle(event: RecordedEvent, context: DeliveryContext): Promise<void>;
  /** The handler that takes many events of this type at once, always the same one; `undefined` where they come one by one. */
  batchHandleOf?(type: string): BatchHandle | undefined;
  /** Empties the read model, in the transaction that puts the checkpoints back. What has none cannot be rebuilt. */
  readonly reset?: (manager: EntityManager | undefined) => Promise<void>;
}

/** The events that a subscription wants, of all streams or of those of one partition. */
export function filterOf(
  { types, categories, tenantId, partitions: count }: SubscriptionDefinition,
  partition?: number,
): FeedFilter {
  const share = partition === undefined || count === 1 ? undefined : { index: partition, count };
  return { types, categories, tenantId, partition: share };
}
