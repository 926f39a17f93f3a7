import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { AggregateRepository, InjectAggregateRepository } from '@tidemark/event-sourcing';
import { v7 as uuidv7 } from 'uuid';
import { Order } from '../domain/order.aggregate.js';
import type { OrderReceipt } from './order-receipt.js';
import { PlaceOrder } from './place-order.command.js';

@CommandHandler(PlaceOrder)
export class PlaceOrderHandler implements ICommandHandler<PlaceOrder> {
  constructor(@InjectAggregateRepository(Order) private readonly orders: AggregateRepository<Order>) {}

  execute({ customerId, items }: PlaceOrder): Promise<OrderReceipt> {
    return this.orders.create(uuidv7(), (order) => order.place(customerId, items));
  }
}
