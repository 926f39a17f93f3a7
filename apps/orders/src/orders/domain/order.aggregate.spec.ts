import { describe, expect, it } from '@jest/globals';
import { OrderCancelled } from './order-cancelled.event.js';
import { OrderPlaced } from './order-placed.event.js';
import type { OrderRule } from './order-rule.error.js';
import { OrderShipped } from './order-shipped.event.js';
import { Order } from './order.aggregate.js';

const ITEMS = [
  { sku: 'tea', quantity: 3, unitPriceCents: 110 },
  { sku: 'pot', quantity: 1, unitPriceCents: 1_999 },
];

function orderAfter(...events: object[]): Order {
  const order = new Order();
  for (const event of events) order.apply(event, { fromHistory: true });
  return order;
}

const placed = new OrderPlaced('ada', ITEMS, 2_329);
const shipped = new OrderShipped('1Z999');
const cancelled = new OrderCancelled('changed my mind');

describe('Order', () => {
  it('is placed with the total of its items', () => {
    const order = orderAfter();
    order.place('ada', ITEMS);
    expect(order.getUncommittedEvents()).toEqual([placed]);
  });

  it('ships once it is placed', () => {
    const order = orderAfter(placed);
    order.ship('1Z999');
    expect(order.getUncommittedEvents()).toEqual([shipped]);
  });

  it('is cancelled while it is placed', () => {
    const order = orderAfter(placed);
    order.cancel('changed my mind');
    expect(order.getUncommittedEvents()).toEqual([cancelled]);
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
  ])('refuses %s', (_what, history, command, rule) => {
    const order = orderAfter(...history);
    expect(() => command(order)).toThrow(expect.objectContaining({ name: 'OrderRuleError', code: rule }));
    expect(order.getUncommittedEvents()).toEqual([]);
  });
});
