import {
  DomainEvent,
  EventContext,
  EventSerializer,
  EventTypeRegistry,
  Instrumentation,
  type Signal,
} from '../core/index.js';
import {
  type EventStorage,
  InMemoryEventStorage,
  InMemorySnapshotStore,
  StorageEventStore,
} from '../event-store/index.js';
import type { AggregateRepository } from './aggregate.repository.js';
import { EventSourcedAggregate } from './event-sourced-aggregate.js';
import { EventSourced } from './event-sourced.decorator.js';

/** An order was opened for a customer. */
@DomainEvent('order.opened')
export class OrderOpened {
  constructor(readonly customerId: string) {}
}

/** An item was put into an order. */
@DomainEvent('order.item-added')
export class ItemAdded {
  constructor(
    readonly sku: string,
    readonly quantity: number,
  ) {}
}

/** A note was made that changes no state: nothing handles it. */
@DomainEvent('order.noted')
class OrderNoted {
  constructor(readonly text: string) {}
}

/** An order with everything that specs need: a check, a list, an event without a handler. */
export class OrderBase extends EventSourcedAggregate {
  customerId: string | undefined = undefined;
  items: { sku: string; quantity: number }[] = [];

  open(customerId: string): void {
    if (this.customerId !== undefined) throw new OrderRefused('already open');
    this.apply(new OrderOpened(customerId));
  }

  add(sku: string, quantity = 1): void {
    if (quantity < 1) throw new OrderRefused('quantity');
    this.apply(new ItemAdded(sku, quantity));
  }

  note(text: string): void {
    this.apply(new OrderNoted(text));
  }

  onOrderOpened({ customerId }: OrderOpened): void {
    this.customerId = customerId;
  }

  onItemAdded({ sku, quantity }: ItemAdded): void {
    this.items.push({ sku, quantity });
  }
}

/** Without snapshots. */
@EventSourced('order')
export class Order extends OrderBase {}

/** What an order's method throws. */
export class OrderRefused extends Error {}

/** Stores in memory, and what repositories are made of. */
export function inMemoryParts(storage: EventStorage = new InMemoryEventStorage()) {
  const instrumentation = new Instrumentation();
  const context = new EventContext();
  const registry = new EventTypeRegistry().register(OrderOpened, ItemAdded, OrderNoted);
  const serializer = new EventSerializer(registry);
  const eventStore = new StorageEventStore({ storage, serializer, context, instrumentation });
  return { eventStore, snapshotStore: new InMemorySnapshotStore(), instrumentation, context, storage };
}

/** Collects every payload of a signal from now on. */
export function collect<T>(instrumentation: Instrumentation, signal: Signal<T>): T[] {
  const payloads: T[] = [];
  instrumentation.on(signal, (payload) => payloads.push(payload));
  return payloads;
}

/** The payloads of a stream in order. */
export async function eventsOf(eventStore: StorageEventStore, streamId: string): Promise<object[]> {
  const events: object[] = [];
  for await (const event of eventStore.readStream(streamId)) events.push(event.data);
  return events;
}

/** A snapshot store whose disk is full, or whose table is gone. */
export class BrokenSnapshotStore extends InMemorySnapshotStore {
  constructor(private readonly broken: 'load' | 'save' | 'remove') {
    super();
  }
  override async load(streamId: string, schemaVersion: number) {
    return this.broken === 'load' ? this.fail() : super.load(streamId, schemaVersion);
  }
  override async save(snapshot: Parameters<InMemorySnapshotStore['save']>[0]) {
    return this.broken === 'save' ? this.fail() : super.save(snapshot);
  }
  override async remove(streamId: string) {
    return this.broken === 'remove' ? this.fail() : super.remove(streamId);
  }
  private fail(): never {
    throw new Error(`cannot ${this.broken}`);
  }
}

/** Version 1 of order-1 opens it, every further version adds one item. */
export async function grow(orders: AggregateRepository<OrderBase>, toVersion: number) {
  await orders.create('1', (order) => order.open('ada'));
  for (let version = 2; version <= toVersion; version++)
    await orders.update('1', (order) => order.add(`item ${version}`));
}
