import { Query } from '@nestjs/cqrs';
import type { OrderCursor } from '../read-model/order-cursor.js';
import type { OrderFilter, OrderPage } from '../read-model/order-summaries.js';
import type { OrderSummary } from '../read-model/order-summary.js';

/** A page of orders, and where the next one starts; `undefined` where there is none. */
export interface OrderList {
  readonly orders: readonly OrderSummary[];
  readonly next: OrderCursor | undefined;
}

/** Orders from the read model, newest first. */
export class ListOrders extends Query<OrderList> {
  constructor(
    readonly filter: OrderFilter,
    readonly page: OrderPage,
  ) {
    super();
  }
}
