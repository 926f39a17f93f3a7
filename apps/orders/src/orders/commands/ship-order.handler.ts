import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { AggregateRepository, InjectAggregateRepository } from '@tidemark/event-sourcing';
import { Order } from '../domain/order.aggregate.js';
import type { OrderReceipt } from './order-receipt.js';
import { ShipOrder } from './ship-order.command.js';

@CommandHandler(ShipOrder)
export class ShipOrderHandler implements ICommandHandler<ShipOrder> {
  constructor(@InjectAggregateRepository(Order) private readonly orders: AggregateRepository<Order>) {}

  execute({ id, trackingNumber, expectedVersion }: ShipOrder): Promise<OrderReceipt> {
    return this.orders.update(id, (order) => order.ship(trackingNumber), { expectedVersion });
  }
}
