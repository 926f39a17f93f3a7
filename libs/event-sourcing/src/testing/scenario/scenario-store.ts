import type { AggregateRepository } from '../../aggregates/index.js';
import { EventContext, EventSerializer, Instrumentation } from '../../core/index.js';
import { InMemoryEventStorage, InMemorySnapshotStore, StorageEventStore } from '../../event-store/index.js';
import { KnownByDecorator } from '../expectation/known-by-decorator.js';

/** What a repository is made of. */
export type RepositoryParts = ConstructorParameters<typeof AggregateRepository>[1];

/** An event store in memory for one scenario, which encodes, checks and decodes as every store does. */
export class ScenarioStore {
  readonly parts: RepositoryParts;

  constructor() {
    const storage = new InMemoryEventStorage();
    const serializer = new EventSerializer(new KnownByDecorator());
    const context = new EventContext();
    const instrumentation = new Instrumentation();
    const eventStore = new StorageEventStore({ storage, serializer, context, instrumentation });
    this.parts = {
      ...{ eventStore, context, instrumentation },
      snapshotStore: new InMemorySnapshotStore(),
      options: { snapshotsEnabled: false },
    };
  }

  /** Appends events, where there are any. */
  async append(streamId: string, events: readonly object[]): Promise<void> {
    if (events.length > 0) await this.parts.eventStore.append(streamId, events);
  }

  /** The payloads of a stream as they come back, from a version on. */
  async payloads(streamId: string, from: number): Promise<readonly object[]> {
    const payloads: object[] = [];
    for await (const { data } of this.parts.eventStore.readStream(streamId, { from })) payloads.push(data);
    return payloads;
  }
}
