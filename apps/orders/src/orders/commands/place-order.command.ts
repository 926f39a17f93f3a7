import { Command } from '@nestjs/cqrs';
import type { OrderItem } from '../domain/order-item.js';
import type { OrderReceipt } from './order-receipt.js';

/** Places a new order. */
export class PlaceOrder extends Command<OrderReceipt> {
  constructor(
    readonly customerId: string,
    readonly items: readonly OrderItem[],
  ) {
    super();
  }
}
