import { describe, expect, it } from '@jest/globals';
import { newAggregate } from './aggregate-fold.js';
import { ItemAdded, Order, OrderBase, OrderOpened } from './aggregates.fixture.js';
import { DetachedAggregateError, UnsavableAggregateError } from './errors.js';
import { EventSourcedAggregate } from './event-sourced-aggregate.js';
import { EventSourced } from './event-sourced.decorator.js';

class LinesSet {
  constructor(readonly lines: { sku: string }[]) {}
}

@EventSourced('sheet')
class Sheet extends EventSourcedAggregate {
  lines: { sku: string }[] = [];
  set(lines: { sku: string }[]): void {
    this.apply(new LinesSet(lines));
  }
  onLinesSet({ lines }: LinesSet): void {
    this.lines = lines;
  }
}

describe('EventSourcedAggregate', () => {
  it('calls the handler of a raised event and keeps the event', () => {
    const order = newAggregate(Order, '1');
    order.open('ada');
    expect(order.customerId).toBe('ada');
    expect(order.getUncommittedEvents()).toEqual([new OrderOpened('ada')]);
  });

  it('freezes raised events, so that a handler which changes one fails at once', () => {
    @EventSourced('order')
    class Greedy extends OrderBase {
      override onItemAdded(event: ItemAdded): void {
        (event as { quantity: number }).quantity += 1;
      }
    }
    expect(() => newAggregate(Greedy, '1').add('tea')).toThrow(TypeError);
  });

  it('freezes all that an event refers to, so that state cannot share and change it', () => {
    const sheet = newAggregate(Sheet, '1');
    sheet.set([{ sku: 'tea' }]);
    expect(() => sheet.lines.push({ sku: 'milk' })).toThrow(TypeError);
    expect(() => Object.assign(sheet.lines[0] as object, { sku: 'milk' })).toThrow(TypeError);
  });

  it('calls handlers of any kind: methods, protected or not, and fields', () => {
    @EventSourced('order')
    class Mixed extends EventSourcedAggregate {
      opened = 0;
      added = 0;
      readonly onOrderOpened = (): void => {
        this.opened += 1;
      };
      protected onItemAdded(): void {
        this.added += 1;
      }
    }
    const order = newAggregate(Mixed, '1');
    order.apply(new OrderOpened('ada'));
    order.apply(new ItemAdded('tea', 1));
    expect([order.opened, order.added]).toEqual([1, 1]);
  });

  it('leaves the state alone where the handler is to be skipped, and raises nothing from history', () => {
    const order = newAggregate(Order, '1');
    order.apply(new OrderOpened('ada'), { skipHandler: true });
    expect(order.customerId).toBeUndefined();
    order.apply(new OrderOpened('bob'), true);
    order.loadFromHistory([new ItemAdded('tea', 1)]);
    expect(order).toMatchObject({ customerId: 'bob', items: [{ sku: 'tea' }] });
    expect(order.getUncommittedEvents()).toEqual([new OrderOpened('ada')]);
  });

  it('knows its id, stream and version, and keeps none of them in fields', () => {
    const order = newAggregate(Order, '1');
    expect([order.id, order.streamId, order.version]).toEqual(['1', 'order-1', 0]);
    expect(Object.keys(order)).toEqual(['customerId', 'items']);
  });

  it('has no id where it was made with new', () => {
    const order = new Order();
    expect(order.version).toBe(0);
    expect(() => order.id).toThrow(DetachedAggregateError);
    expect(() => order.streamId).toThrow(DetachedAggregateError);
  });

  it('refuses to drop events by commit, which has nothing to do where there are none', () => {
    const order = newAggregate(Order, '1');
    order.commit();
    order.open('ada');
    expect(() => order.commit()).toThrow(UnsavableAggregateError);
    expect(order.getUncommittedEvents()).toHaveLength(1);
  });
});
