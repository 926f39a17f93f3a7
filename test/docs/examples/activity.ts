import {
  type EventStore,
  On,
  Projection,
  type RecordedEvent,
  Subscriber,
  type SubscriberContext,
  OnBatch,
  type SubscriptionManager,
} from '@tidemark/event-sourcing';
import { AccountCredited, AccountOpened } from './account.js';

@Projection({ name: 'activity', categories: ['account'], tenantId: 'acme' })
export class Activity {
  readonly lines: string[] = [];

  @On(AccountOpened)
  opened({ streamId, data }: RecordedEvent<AccountOpened>): void {
    this.lines.push(`${data.owner} opened ${streamId}`);
  }

  @On('account.*')
  anythingElse({ streamId, type }: RecordedEvent): void {
    this.lines.push(`${type} on ${streamId}`);
  }
}

export class Search {
  readonly documents = new Map<string, string>();

  /** Puts documents by their ids, so that the same ones may come again. */
  async put(documents: readonly { readonly id: string; readonly text: string }[], signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    for (const { id, text } of documents) this.documents.set(id, text);
  }
}

@Subscriber({ name: 'search', partitions: 4, checkpointStrategy: 'periodic', checkpointIntervalMs: 2_000 })
export class SearchIndex {
  constructor(private readonly search: Search) {}

  @OnBatch(AccountOpened, AccountCredited)
  async changed(events: readonly RecordedEvent[], { signal }: SubscriberContext): Promise<void> {
    const documents = events.map(({ id, streamId, type }) => ({ id, text: `${streamId} ${type}` }));
    await this.search.put(documents, signal);
  }
}

/** Some events, and all that subscriptions make of them. */
export async function fillAndRun(store: EventStore, subscriptions: SubscriptionManager): Promise<void> {
  await store.append('account-1', [new AccountOpened('ada'), new AccountCredited(5)], { tenantId: 'acme' });
  await store.append('account-2', [new AccountOpened('bob')], { tenantId: 'other' });
  await subscriptions.runToHead();
}
