import { describe, expect, it } from '@jest/globals';
import { DomainEvent, EventTypeRegistry } from '../../core/index.js';
import { handlersOf, type MarkedHandlers } from './handlers-of.js';
import { On, OnBatch } from './on.decorator.js';

@DomainEvent('order.placed')
class Placed {}

@DomainEvent('order.shipped')
class Shipped {}

@DomainEvent('unregistered')
class Unregistered {}

class NoEvent {}

const registry = new EventTypeRegistry().register(Placed, Shipped);

function read(type: new () => object): MarkedHandlers<undefined> {
  return handlersOf<undefined>(new type(), registry);
}

function nameOf({ handlerOf }: MarkedHandlers<undefined>, type: string): string | undefined {
  return handlerOf(type)?.name;
}

describe('the handlers of a class', () => {
  it('are found by class before pattern, and by the longer pattern before the shorter, wherever they stand', () => {
    class Mails {
      @On('*')
      any(): void {}
      @On('order.*')
      ofOrders(): void {}
      @On('order.s*')
      ofSome(): void {}
      @On(Placed)
      placed(): void {}
    }
    const handlers = read(Mails);
    expect(handlers.problems).toEqual([]);
    expect([...handlers.types].sort()).toEqual(['*', 'order.*', 'order.placed', 'order.s*']);
    expect(nameOf(handlers, 'order.placed')).toBe('Mails.placed');
    expect(nameOf(handlers, 'order.shipped')).toBe('Mails.ofSome');
    expect(nameOf(handlers, 'order.refunded')).toBe('Mails.ofOrders');
    expect(nameOf(handlers, 'orders')).toBe('Mails.any');
    // Asked again, it is the same.
    expect(nameOf(handlers, 'order.shipped')).toBe('Mails.ofSome');
  });

  it('are none for what nothing was marked for', () => {
    class Mails {
      @On('order.*')
      ofOrders(): void {}
    }
    expect(nameOf(read(Mails), 'orders')).toBeUndefined();
    expect(nameOf(read(Mails), '*')).toBeUndefined();
  });

  it('take patterns of all that a wire name may be made of', () => {
    class Mails {
      @On('com.acme/bestellung:über*')
      placed(): void {}
    }
    expect(read(Mails).problems).toEqual([]);
    expect(nameOf(read(Mails), 'com.acme/bestellung:übermittelt')).toBe('Mails.placed');
  });

  it('are one object per method, by which a batch is known to belong together', () => {
    class Mails {
      @OnBatch(Placed, 'other.*')
      many(): void {}
      @OnBatch(Shipped)
      more(): void {}
    }
    const { handlerOf } = read(Mails);
    expect(handlerOf('order.placed')).toBe(handlerOf('other.x'));
    expect(handlerOf('order.placed')).not.toBe(handlerOf('order.shipped'));
    expect(handlerOf('other.x')).toMatchObject({ name: 'Mails.many', batch: true });
  });

  it('are bound to their instance', () => {
    class Mails {
      readonly sent: string[] = [];
      @On(Placed)
      placed(): void {
        this.sent.push('one');
      }
    }
    const instance = new Mails();
    const method = handlersOf<undefined>(instance, registry).handlerOf('order.placed');
    if (method?.batch === false) void method.call({} as never, undefined);
    expect(instance.sent).toEqual(['one']);
  });

  it('are refused where they are wrong, all at once and by their name', () => {
    class Mails {
      @On(Placed)
      once(): void {}
      @OnBatch(Placed)
      twice(): void {}
      @On('order.*')
      pattern(): void {}
      @On('order.*')
      again(): void {}
      @On('order.*.late')
      late(): void {}
      @On('order.placed')
      text(): void {}
      @On(Unregistered)
      unregistered(): void {}
      @On(NoEvent)
      noEvent(): void {}
    }
    expect(read(Mails).problems).toEqual([
      "Mails has two handlers for 'order.placed'.",
      "Mails has two handlers for 'order.*'.",
      expect.stringMatching(/^Mails\.late handles 'order\.\*\.late', which is no pattern/),
      expect.stringMatching(/^Mails\.text handles 'order\.placed', which is no pattern/),
      expect.stringMatching(/^Mails\.unregistered handles Unregistered, which is no registered event/),
      expect.stringMatching(/^Mails\.noEvent handles NoEvent, which is no registered event/),
    ]);
  });

  it('are refused where there is none', () => {
    class Mails {}
    expect(read(Mails).problems).toEqual([expect.stringMatching(/^Mails has no handler/)]);
  });

  it('are refused where a method is to take one event and many', () => {
    class Mails {
      @On(Placed)
      @OnBatch(Shipped)
      both(): void {}
    }
    expect(read(Mails).problems).toEqual([expect.stringMatching(/^Mails\.both has both @On and @OnBatch/)]);
  });
});

describe('a class with handlers that extends another', () => {
  class Base {
    by = '';
    @On(Placed)
    placed(): void {
      this.by = 'base';
    }
  }

  function handledBy(instance: Base): string {
    const method = handlersOf<undefined>(instance, registry).handlerOf('order.placed');
    if (method?.batch === false) void method.call({} as never, undefined);
    return instance.by;
  }

  it('has those of its parent too, and leaves its parent alone', () => {
    class Mails extends Base {
      @On(Shipped)
      shipped(): void {}
    }
    expect(read(Mails).types).toEqual(['order.placed', 'order.shipped']);
    expect(read(Base).types).toEqual(['order.placed']);
    expect(nameOf(read(Mails), 'order.placed')).toBe('Mails.placed');
  });

  it('has its own in place of that of its parent, marked again or not', () => {
    class Silent extends Base {
      override placed(): void {
        this.by = 'silent';
      }
    }
    class Marked extends Base {
      @On(Placed)
      override placed(): void {
        this.by = 'marked';
      }
    }
    expect(read(Silent).problems).toEqual([]);
    expect(read(Marked).problems).toEqual([]);
    expect([handledBy(new Base()), handledBy(new Silent()), handledBy(new Marked())]).toEqual([
      'base',
      'silent',
      'marked',
    ]);
  });

  it('is refused with another method for what its parent handles', () => {
    class Mails extends Base {
      @On(Placed)
      too(): void {}
    }
    expect(read(Mails).problems).toEqual(["Mails has two handlers for 'order.placed'."]);
  });
});
