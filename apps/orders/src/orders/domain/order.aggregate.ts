import { EventSourced, EventSourcedAggregate } from '@tidemark/event-sourcing';
import { OrderCancelled } from './order-cancelled.event.js';
import { type OrderItem, totalCentsOf } from './order-item.js';
import { OrderPlaced } from './order-placed.event.js';
import { OrderRuleError } from './order-rule.error.js';
import { OrderShipped } from './order-shipped.event.js';
import type { OrderStatus } from './order-status.js';

/** Category of the streams of orders: the stream of order `42` is `order-42`. */
export const ORDER_CATEGORY = 'order';

/** An order from its placing to its end: a placed one is either shipped or cancelled, once. */
@EventSourced(ORDER_CATEGORY)
export class Order extends EventSourcedAggregate {
  private status: OrderStatus | 'new' = 'new';

  place(customerId: string, items: readonly OrderItem[]): void {
    if (this.status !== 'new') throw new OrderRuleError('ORDER_ALREADY_PLACED', 'The order is placed already.');
    if (items.length === 0) throw new OrderRuleError('ORDER_WITHOUT_ITEMS', 'An order needs at least one item.');
    this.apply(new OrderPlaced(customerId, items, totalCentsOf(items)));
  }

  ship(trackingNumber: string): void {
    this.assertOpen('shipped');
    this.apply(new OrderShipped(trackingNumber));
  }

  cancel(reason: string): void {
    this.assertOpen('cancelled');
    this.apply(new OrderCancelled(reason));
  }

  protected onOrderPlaced(): void {
    this.status = 'placed';
  }

  protected onOrderShipped(): void {
    this.status = 'shipped';
  }

  protected onOrderCancelled(): void {
    this.status = 'cancelled';
  }

  private assertOpen(wanted: string): void {
    switch (this.status) {
      case 'placed':
        return;
      case 'new':
        throw new OrderRuleError('ORDER_NOT_PLACED', `An order must be placed before it can be ${wanted}.`);
      case 'shipped':
        throw new OrderRuleError('ORDER_ALREADY_SHIPPED', `The order is shipped already, it cannot be ${wanted}.`);
      case 'cancelled':
        throw new OrderRuleError('ORDER_ALREADY_CANCELLED', `The order is cancelled already, it cannot be ${wanted}.`);
    }
  }
}
