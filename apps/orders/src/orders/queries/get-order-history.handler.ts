import { type IQueryHandler, QueryHandler } from '@nestjs/cqrs';
import { AggregateNotFoundError, EventStore, type RecordedEvent, streamIdOf } from '@tidemark/event-sourcing';
import { ORDER_CATEGORY } from '../domain/order.aggregate.js';
import { GetOrderHistory } from './get-order-history.query.js';

@QueryHandler(GetOrderHistory)
export class GetOrderHistoryHandler implements IQueryHandler<GetOrderHistory> {
  constructor(private readonly events: EventStore) {}

  async execute({ id }: GetOrderHistory): Promise<readonly RecordedEvent[]> {
    // The rules of an order keep its stream short, so that it may be read as a whole.
    const history: RecordedEvent[] = [];
    for await (const event of this.events.readStream(streamIdOf(ORDER_CATEGORY, id))) history.push(event);
    if (history.length === 0) throw new AggregateNotFoundError(ORDER_CATEGORY, id);
    return history;
  }
}
