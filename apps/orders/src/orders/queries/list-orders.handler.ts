import { type IQueryHandler, QueryHandler } from '@nestjs/cqrs';
import { OrderSummaries } from '../read-model/order-summaries.js';
import { ListOrders, type OrderList } from './list-orders.query.js';

@QueryHandler(ListOrders)
export class ListOrdersHandler implements IQueryHandler<ListOrders> {
  constructor(private readonly summaries: OrderSummaries) {}

  async execute({ filter, page }: ListOrders): Promise<OrderList> {
    // One more than asked for tells whether there is a next page.
    const found = await this.summaries.list(filter, { ...page, limit: page.limit + 1 });
    const orders = found.slice(0, page.limit);
    return { orders, next: found.length > page.limit ? orders.at(-1) : undefined };
  }
}
