import { describe, it } from '@jest/globals';
import { given } from '@tidemark/event-sourcing/testing';
import { OrderCancelled } from './order-cancelled.event.js';
import { OrderPlaced } from './order-placed.event.js';
import type { OrderRule } from './order-rule.error.js';
import { OrderShipped } from './order-shipped.event.js';
import { Order } from './order.aggregate.js';

const ITEMS = [
  { sku: 'tea', quantity: 3, unitPriceCents: 110 },
  { sku: 'pot', quantity: 1, unitPriceCents: 1_999 },
];

const placed = new OrderPlaced('ada', ITEMS, 2_329);
const shipped = new OrderShipped('1Z999');
const cancelled = new OrderCancelled('changed my mind');

describe('Order', () => {
  it('is placed with the total of its items', async () => {
    await given(Order)
      .when((order) => order.place('ada', ITEMS))
      .then([placed]);
  });

  it('ships once it is placed', async () => {
    await given(Order, [placed])
      .when((order) => order.ship('1Z999'))
      .then([shipped]);
  });

  it('is cancelled while it is placed', async () => {
    await given(Order, [placed])
      .when((order) => order.cancel('changed my mind'))
      .then([cancelled]);
  });

  it.each<[string, object[], (order: Order) => void, OrderRule]>([
    ['placing without items', [], (order) => order.place('ada', []), 'ORDER_WITHOUT_ITEMS'],
    ['placing twice', [placed], (order) => order.place('ada', ITEMS), 'ORDER_ALREADY_PLACED'],
    ['shipping before placing', [], (order) => order.ship('1Z999'), 'ORDER_NOT_PLACED'],
    ['cancelling before placing', [], (order) => order.cancel('why not'), 'ORDER_NOT_PLACED'],
    ['shipping twice', [placed, shipped], (order) => order.ship('1Z999'), 'ORDER_ALREADY_SHIPPED'],
    ['cancelling what is shipped', [placed, shipped], (order) => order.cancel('late'), 'ORDER_ALREADY_SHIPPED'],
    ['shipping what is cancelled', [placed, cancelled], (order) => order.ship('1Z999'), 'ORDER_ALREADY_CANCELLED'],
    ['cancelling twice', [placed, cancelled], (order) => order.cancel('again'), 'ORDER_ALREADY_CANCELLED'],
  ])('refuses %s', async (_what, history, command, code) => {
    await given(Order, history).when(command).thenFails({ name: 'OrderRuleError', code });
  });
});
