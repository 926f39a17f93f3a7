import { On, Projection, type ProjectionContext, type RecordedEvent } from '@tidemark/event-sourcing';
import { OrderCancelled } from '../domain/order-cancelled.event.js';
import { OrderPlaced } from '../domain/order-placed.event.js';
import { OrderShipped } from '../domain/order-shipped.event.js';
import { OrderSummaries } from './order-summaries.js';

/** Name of the projection, for those who wait for it. */
export const ORDER_SUMMARY = 'order-summary';

/** Keeps the read model of orders. */
@Projection({ name: ORDER_SUMMARY, version: 1 })
export class OrderSummaryProjection {
  constructor(private readonly summaries: OrderSummaries) {}

  @On(OrderPlaced)
  async placed(event: RecordedEvent<OrderPlaced>, context: ProjectionContext): Promise<void> {
    const { customerId, items, totalCents } = event.data;
    const summary = {
      id: orderIdOf(event),
      version: event.version,
      customerId,
      status: 'placed',
      items,
      totalCents,
      trackingNumber: null,
      cancelReason: null,
      placedAt: event.occurredAt,
      updatedAt: event.occurredAt,
    } as const;
    await this.summaries.add(summary, context);
  }

  @On(OrderShipped)
  async shipped(event: RecordedEvent<OrderShipped>, context: ProjectionContext): Promise<void> {
    const { trackingNumber } = event.data;
    const change = { status: 'shipped', trackingNumber, version: event.version, updatedAt: event.occurredAt } as const;
    await this.summaries.change(orderIdOf(event), change, context);
  }

  @On(OrderCancelled)
  async cancelled(event: RecordedEvent<OrderCancelled>, context: ProjectionContext): Promise<void> {
    const { reason } = event.data;
    const change = {
      status: 'cancelled',
      cancelReason: reason,
      version: event.version,
      updatedAt: event.occurredAt,
    } as const;
    await this.summaries.change(orderIdOf(event), change, context);
  }
}

function orderIdOf({ streamId, category }: RecordedEvent): string {
  return streamId.slice(category.length + 1);
}
