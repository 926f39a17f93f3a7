import { Command } from '@nestjs/cqrs';
import type { OrderReceipt } from './order-receipt.js';

/** Calls off an order that is not shipped yet. */
export class CancelOrder extends Command<OrderReceipt> {
  constructor(
    readonly id: string,
    readonly reason: string,
    /** Version that the order must be at, where the caller minds. */
    readonly expectedVersion: number | undefined,
  ) {
    super();
  }
}
