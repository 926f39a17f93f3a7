import { describe, it } from '@jest/globals';
import { NewEvent } from '@tidemark/event-sourcing';
import { projectionSpec } from '@tidemark/event-sourcing/testing';
import { OrderCancelled } from '../domain/order-cancelled.event.js';
import { OrderPlaced } from '../domain/order-placed.event.js';
import { OrderShipped } from '../domain/order-shipped.event.js';
import { InMemoryOrderSummaries } from './in-memory/in-memory-order-summaries.js';
import { OutOfStepError } from './order-summaries.js';
import { OrderSummaryProjection } from './order-summary.projection.js';

const ITEMS = [{ sku: 'tea', quantity: 3, unitPriceCents: 110 }];
const placedAt = new Date('2026-03-01T12:00:00Z');
const updatedAt = new Date('2026-03-02T08:30:00Z');
const placed = new NewEvent(new OrderPlaced('ada', ITEMS, 330), { occurredAt: placedAt });

const SUMMARY = {
  id: '1',
  version: 1,
  customerId: 'ada',
  status: 'placed',
  items: ITEMS,
  totalCents: 330,
  trackingNumber: null,
  cancelReason: null,
  placedAt,
  updatedAt: placedAt,
} as const;

function orderSummaries() {
  const summaries = new InMemoryOrderSummaries();
  return projectionSpec({
    projection: new OrderSummaryProjection(summaries),
    rows: () => summaries.list({}, { limit: 100 }),
  });
}

describe('OrderSummaryProjection', () => {
  it('adds an order when it is placed', async () => {
    await orderSummaries().given('order-1', placed).then([SUMMARY]);
  });

  it('notes where a shipped order is', async () => {
    const shipped = new NewEvent(new OrderShipped('1Z999'), { occurredAt: updatedAt });
    await orderSummaries()
      .given('order-1', placed, shipped)
      .then([{ ...SUMMARY, version: 2, status: 'shipped', trackingNumber: '1Z999', updatedAt }]);
  });

  it('notes why an order was cancelled, and leaves the others as they are', async () => {
    const cancelled = new NewEvent(new OrderCancelled('changed my mind'), { occurredAt: updatedAt });
    await orderSummaries()
      .given('order-1', placed)
      .given('order-2', placed)
      .given('order-1', cancelled)
      .then([
        { ...SUMMARY, id: '2' },
        { ...SUMMARY, version: 2, status: 'cancelled', cancelReason: 'changed my mind', updatedAt },
      ]);
  });

  it('refuses what happened to an order that it has not seen placed', async () => {
    await orderSummaries().given('order-1', new OrderShipped('1Z999')).thenFails(OutOfStepError);
  });
});
