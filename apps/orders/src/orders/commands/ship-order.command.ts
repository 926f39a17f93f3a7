import { Command } from '@nestjs/cqrs';
import type { OrderReceipt } from './order-receipt.js';

/** Ships a placed order. */
export class ShipOrder extends Command<OrderReceipt> {
  constructor(
    readonly id: string,
    readonly trackingNumber: string,
    /** Version that the order must be at, where the caller minds. */
    readonly expectedVersion: number | undefined,
  ) {
    super();
  }
}
