import { randomUUID } from 'node:crypto';
import { EventContext, EventSerializer, type EventTypeRegistry, Instrumentation } from '../../core/index.js';
import { type EventStore, StorageEventStore } from '../../event-store/index.js';
import {
  type ErrorInfo,
  resolveSubscriptionsOptions,
  type SubscriptionDefinition,
  SubscriptionManager,
  SubscriptionRegistry,
} from '../../subscriptions/index.js';
import type { SpecStores } from './spec-stores.js';

/** What went wrong, where and with what. */
export type HandlerFault = Pick<ErrorInfo, 'error' | 'eventType' | 'streamId' | 'position'>;

/** How long a handler that has not ended in time may go on. */
const DRAIN_TIMEOUT_MS = 1_000;

/** An app's engine, put together for a single projection that must not fail. */
export class ProjectionEngine {
  readonly eventStore: EventStore;
  private readonly manager: SubscriptionManager;
  private fault: HandlerFault | undefined;

  constructor(definition: SubscriptionDefinition, stores: SpecStores, registry: EventTypeRegistry) {
    const shared = {
      serializer: new EventSerializer(registry),
      context: new EventContext(),
      instrumentation: new Instrumentation(),
    };
    this.eventStore = new StorageEventStore({ ...stores, ...shared });
    const subscriptions = new SubscriptionRegistry();
    // A fault is to end the run at once, whatever the projection says for the days when it is in use.
    const tuning = { ...definition.tuning, maxRetries: 0, continueOnError: false };
    subscriptions.add({ ...definition, tuning });
    const options = resolveSubscriptionsOptions({ drainTimeoutMs: DRAIN_TIMEOUT_MS });
    this.manager = new SubscriptionManager(subscriptions, { ...stores, ...shared, options, owner: randomUUID() });
    this.manager.onError((info) => (this.fault ??= info));
  }

  /** Handles all that was appended; gives what went wrong with an event, if anything did. */
  async run(timeoutMs: number): Promise<HandlerFault | undefined> {
    try {
      await this.manager.runToHead({ timeoutMs });
      return undefined;
    } catch (error) {
      if (this.fault === undefined) throw error;
      return this.fault;
    } finally {
      this.manager.onApplicationShutdown();
    }
  }
}
