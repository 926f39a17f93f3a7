import { Body, Controller, HttpCode, Param, Post, UseInterceptors } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { ApiCreatedResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { CancelOrder } from '../commands/cancel-order.command.js';
import type { OrderReceipt } from '../commands/order-receipt.js';
import { PlaceOrder } from '../commands/place-order.command.js';
import { ShipOrder } from '../commands/ship-order.command.js';
import { toCents } from '../domain/money.js';
import { ApiChangesOrder, ApiNeedsDatabase, ApiValidates, RECEIPT_HEADERS } from './api-responses.decorator.js';
import { IfMatch } from './etag.js';
import {
  cancelOrderBody,
  type CancelOrderBody,
  orderPath,
  type OrderPath,
  placeOrderBody,
  type PlaceOrderBody,
  receiptView,
  shipOrderBody,
  type ShipOrderBody,
} from './order.schemas.js';
import { ReceiptInterceptor } from './receipt.interceptor.js';

/** What can be done to orders. */
@ApiTags('orders')
@Controller('orders')
@ApiNeedsDatabase()
@UseInterceptors(ReceiptInterceptor)
export class OrderCommandsController {
  constructor(private readonly commands: CommandBus) {}

  @Post()
  @ApiOperation({ summary: 'Place an order' })
  @ApiCreatedResponse({ description: 'Placed.', standardSchema: receiptView, headers: RECEIPT_HEADERS })
  @ApiValidates()
  placeOrder(@Body({ schema: placeOrderBody }) { customerId, items }: PlaceOrderBody): Promise<OrderReceipt> {
    const priced = items.map(({ unitPrice, ...item }) => ({ ...item, unitPriceCents: toCents(unitPrice) }));
    return this.commands.execute(new PlaceOrder(customerId, priced));
  }

  @Post(':id/ship')
  @HttpCode(200)
  @ApiOperation({ summary: 'Ship a placed order' })
  @ApiOkResponse({ description: 'Shipped.', standardSchema: receiptView, headers: RECEIPT_HEADERS })
  @ApiChangesOrder()
  shipOrder(
    @Param({ schema: orderPath }) { id }: OrderPath,
    @Body({ schema: shipOrderBody }) { trackingNumber }: ShipOrderBody,
    @IfMatch() expectedVersion: number | undefined,
  ): Promise<OrderReceipt> {
    return this.commands.execute(new ShipOrder(id, trackingNumber, expectedVersion));
  }

  @Post(':id/cancel')
  @HttpCode(200)
  @ApiOperation({ summary: 'Cancel an order that is not shipped yet' })
  @ApiOkResponse({ description: 'Cancelled.', standardSchema: receiptView, headers: RECEIPT_HEADERS })
  @ApiChangesOrder()
  cancelOrder(
    @Param({ schema: orderPath }) { id }: OrderPath,
    @Body({ schema: cancelOrderBody }) { reason }: CancelOrderBody,
    @IfMatch() expectedVersion: number | undefined,
  ): Promise<OrderReceipt> {
    return this.commands.execute(new CancelOrder(id, reason, expectedVersion));
  }
}
