import type { RecordedEvent } from '@tidemark/event-sourcing';
import { fromCents } from '../domain/money.js';
import type { OrderList } from '../queries/list-orders.query.js';
import { encodeCursor } from '../read-model/order-cursor.js';
import type { OrderSummary } from '../read-model/order-summary.js';
import type { OrderHistoryView, OrderListView, OrderView } from './order.schemas.js';

/** An order as the API shows it. */
export function toOrderView(summary: OrderSummary): OrderView {
  const { items, totalCents, placedAt, updatedAt, ...rest } = summary;
  return {
    ...rest,
    items: items.map(({ unitPriceCents, ...item }) => ({ ...item, unitPrice: fromCents(unitPriceCents) })),
    total: fromCents(totalCents),
    placedAt: placedAt.toISOString(),
    updatedAt: updatedAt.toISOString(),
  };
}

/** A page of orders as the API shows it. */
export function toOrderListView({ orders, next }: OrderList): OrderListView {
  return { items: orders.map(toOrderView), nextCursor: next === undefined ? null : encodeCursor(next) };
}

/** The events of an order as the API shows them. */
export function toOrderHistoryView(id: string, events: readonly RecordedEvent[]): OrderHistoryView {
  return { id, version: events.length, events: events.map(toEventView) };
}

function toEventView(event: RecordedEvent): OrderHistoryView['events'][number] {
  const { correlationId = null, causationId = null } = event.metadata;
  return {
    id: event.id,
    type: event.type,
    schemaVersion: event.schemaVersion,
    version: event.version,
    position: String(event.position),
    data: { ...event.data },
    correlationId,
    causationId,
    occurredAt: event.occurredAt.toISOString(),
    recordedAt: event.recordedAt.toISOString(),
  };
}
