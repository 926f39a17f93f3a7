import { Controller, Get, Param, Query, Res, UseInterceptors } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { ServerResponse } from 'node:http';
import { GetOrderHistory } from '../queries/get-order-history.query.js';
import { GetOrder } from '../queries/get-order.query.js';
import { ListOrders } from '../queries/list-orders.query.js';
import {
  ApiFindsOrder,
  ApiNeedsDatabase,
  ApiReadsYourWrites,
  ApiValidates,
  VERSION_HEADERS,
} from './api-responses.decorator.js';
import { etagOf } from './etag.js';
import {
  listOrdersQuery,
  type ListOrdersQuery,
  orderHistoryView,
  type OrderHistoryView,
  orderListView,
  type OrderListView,
  orderPath,
  type OrderPath,
  orderView,
  type OrderView,
} from './order.schemas.js';
import { toOrderHistoryView, toOrderListView, toOrderView } from './order.views.js';
import { ReadYourWritesInterceptor } from './read-your-writes.interceptor.js';

/** What can be asked about orders. */
@ApiTags('orders')
@Controller('orders')
@ApiNeedsDatabase()
export class OrderQueriesController {
  constructor(private readonly queries: QueryBus) {}

  @Get()
  @UseInterceptors(ReadYourWritesInterceptor)
  @ApiOperation({ summary: 'List orders, newest first' })
  @ApiOkResponse({ description: 'A page of orders.', standardSchema: orderListView })
  @ApiReadsYourWrites()
  @ApiValidates()
  async listOrders(@Query({ schema: listOrdersQuery }) query: ListOrdersQuery): Promise<OrderListView> {
    const { limit, cursor, ...filter } = query;
    return toOrderListView(await this.queries.execute(new ListOrders(filter, { limit, after: cursor })));
  }

  @Get(':id')
  @UseInterceptors(ReadYourWritesInterceptor)
  @ApiOperation({ summary: 'Get an order' })
  @ApiOkResponse({ description: 'The order.', standardSchema: orderView, headers: VERSION_HEADERS })
  @ApiReadsYourWrites()
  @ApiValidates()
  @ApiFindsOrder()
  async getOrder(
    @Param({ schema: orderPath }) { id }: OrderPath,
    @Res({ passthrough: true }) response: ServerResponse,
  ): Promise<OrderView> {
    const order = await this.queries.execute(new GetOrder(id));
    response.setHeader('ETag', etagOf(order.version));
    return toOrderView(order);
  }

  @Get(':id/history')
  @ApiOperation({ summary: 'Get everything that happened to an order' })
  @ApiOkResponse({ description: 'The events of the order, oldest first.', standardSchema: orderHistoryView })
  @ApiValidates()
  @ApiFindsOrder()
  async getOrderHistory(@Param({ schema: orderPath }) { id }: OrderPath): Promise<OrderHistoryView> {
    return toOrderHistoryView(id, await this.queries.execute(new GetOrderHistory(id)));
  }
}
