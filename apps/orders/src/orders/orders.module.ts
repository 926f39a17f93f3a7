import { type DynamicModule, Module } from '@nestjs/common';
import { CqrsModule } from '@nestjs/cqrs';
import { EventSourcingModule } from '@tidemark/event-sourcing';
import { CancelOrderHandler } from './commands/cancel-order.handler.js';
import { PlaceOrderHandler } from './commands/place-order.handler.js';
import { ShipOrderHandler } from './commands/ship-order.handler.js';
import { OrderCancelled } from './domain/order-cancelled.event.js';
import { OrderPlaced } from './domain/order-placed.event.js';
import { OrderShipped } from './domain/order-shipped.event.js';
import { Order } from './domain/order.aggregate.js';
import { OrderCommandsController } from './http/order-commands.controller.js';
import { OrderQueriesController } from './http/order-queries.controller.js';
import { GetOrderHistoryHandler } from './queries/get-order-history.handler.js';
import { GetOrderHandler } from './queries/get-order.handler.js';
import { ListOrdersHandler } from './queries/list-orders.handler.js';
import { OrderSummaryProjection } from './read-model/order-summary.projection.js';
import { ReadModelModule } from './read-model/read-model.module.js';

/** Orders: placed, shipped, cancelled, and looked at. */
@Module({})
export class OrdersModule {
  static register(store: 'postgres' | 'memory'): DynamicModule {
    const readModel = ReadModelModule.register(store);
    return {
      module: OrdersModule,
      imports: [
        CqrsModule,
        readModel,
        EventSourcingModule.forFeature({
          imports: [readModel],
          events: [OrderPlaced, OrderShipped, OrderCancelled],
          aggregates: [Order],
          projections: [OrderSummaryProjection],
        }),
      ],
      controllers: [OrderCommandsController, OrderQueriesController],
      providers: [
        PlaceOrderHandler,
        ShipOrderHandler,
        CancelOrderHandler,
        GetOrderHandler,
        ListOrdersHandler,
        GetOrderHistoryHandler,
      ],
    };
  }
}
