import { DomainEvent } from '@tidemark/event-sourcing';

/** The order was called off before it was shipped. */
@DomainEvent('order.cancelled')
export class OrderCancelled {
  constructor(readonly reason: string) {}
}
