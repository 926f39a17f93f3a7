import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { AggregateRepository, InjectAggregateRepository } from '@tidemark/event-sourcing';
import { Order } from '../domain/order.aggregate.js';
import { CancelOrder } from './cancel-order.command.js';
import type { OrderReceipt } from './order-receipt.js';

@CommandHandler(CancelOrder)
export class CancelOrderHandler implements ICommandHandler<CancelOrder> {
  constructor(@InjectAggregateRepository(Order) private readonly orders: AggregateRepository<Order>) {}

  execute({ id, reason, expectedVersion }: CancelOrder): Promise<OrderReceipt> {
    return this.orders.update(id, (order) => order.cancel(reason), { expectedVersion });
  }
}
