import { type IQueryHandler, QueryHandler } from '@nestjs/cqrs';
import { AggregateNotFoundError } from '@tidemark/event-sourcing';
import { ORDER_CATEGORY } from '../domain/order.aggregate.js';
import { OrderSummaries } from '../read-model/order-summaries.js';
import type { OrderSummary } from '../read-model/order-summary.js';
import { GetOrder } from './get-order.query.js';

@QueryHandler(GetOrder)
export class GetOrderHandler implements IQueryHandler<GetOrder> {
  constructor(private readonly summaries: OrderSummaries) {}

  async execute({ id }: GetOrder): Promise<OrderSummary> {
    const summary = await this.summaries.find(id);
    if (summary === undefined) throw new AggregateNotFoundError(ORDER_CATEGORY, id);
    return summary;
  }
}
