import { DomainEvent } from '@tidemark/event-sourcing';

/** The order was handed to the carrier. */
@DomainEvent('order.shipped')
export class OrderShipped {
  constructor(readonly trackingNumber: string) {}
}
