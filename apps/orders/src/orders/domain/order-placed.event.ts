import { DomainEvent } from '@tidemark/event-sourcing';
import type { OrderItem } from './order-item.js';

/** A customer ordered. */
@DomainEvent('order.placed')
export class OrderPlaced {
  constructor(
    readonly customerId: string,
    readonly items: readonly OrderItem[],
    readonly totalCents: number,
  ) {}
}
