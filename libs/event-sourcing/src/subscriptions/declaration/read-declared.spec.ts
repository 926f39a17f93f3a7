import { describe, expect, it } from '@jest/globals';
import { DomainEvent, EventTypeRegistry, type RecordedEvent } from '../../core/index.js';
import { HandlerNotAwaitedError } from '../errors.js';
import { classifyError } from '../failure/error-class.js';
import type { DeliveryContext, SubscriptionDefinition } from '../subscription-definition.js';
import { On, OnBatch } from './on.decorator.js';
import { type DeclaredKind, readDeclared } from './read-declared.js';

@DomainEvent('order.placed')
class Placed {}

@DomainEvent('order.shipped')
class Shipped {}

interface Context {
  readonly manager: unknown;
}

const registry = new EventTypeRegistry().register(Placed, Shipped);

const KIND: DeclaredKind<Context> = {
  problems: [],
  base: { name: 'orders', kind: 'projection', version: 1, partitions: 1, startFrom: 'beginning' },
  contextOf: ({ manager }, touched) => ({
    get manager() {
      touched();
      return manager;
    },
  }),
};

function eventOf(type: string): RecordedEvent {
  return { type } as RecordedEvent;
}

const DELIVERY = { manager: { query: () => Promise.resolve() } } as unknown as DeliveryContext;

function definitionOf(instance: object): SubscriptionDefinition {
  const reading = readDeclared(instance, registry, KIND);
  if ('problems' in reading) throw new Error(reading.problems.join());
  return reading.definition;
}

describe('a declared class', () => {
  it('is refused for what is wrong with its declaration and with its handlers, together', () => {
    class Orders {
      @On('oops')
      oops(): void {}
    }
    const reading = readDeclared(new Orders(), registry, { ...KIND, problems: ['the name of Orders: no.'] });
    expect(reading).toEqual({ problems: ['the name of Orders: no.', expect.stringMatching(/^Orders\.oops handles/)] });
  });

  it('hands each event to the method for it, and waits for its end', async () => {
    const done: string[] = [];
    class Orders {
      @On(Placed)
      async placed({ type }: RecordedEvent<Placed>): Promise<void> {
        await Promise.resolve();
        done.push(`one ${type}`);
      }
      @OnBatch(Shipped)
      async shipped(events: readonly RecordedEvent<Shipped>[]): Promise<void> {
        await Promise.resolve();
        done.push(`many ${events.map(({ type }) => type).join()}`);
      }
    }
    const { handle, batchHandleOf } = definitionOf(new Orders());
    await handle(eventOf('order.placed'), DELIVERY);
    await handle(eventOf('order.shipped'), DELIVERY);
    await handle(eventOf('order.unknown'), DELIVERY);
    expect(done).toEqual(['one order.placed', 'many order.shipped']);
    expect(batchHandleOf?.('order.placed')).toBeUndefined();
    expect(batchHandleOf?.('order.shipped')).toBe(batchHandleOf?.('order.shipped'));
    await batchHandleOf?.('order.shipped')?.([eventOf('a'), eventOf('b')], DELIVERY);
    expect(done.at(-1)).toBe('many a,b');
  });

  it('may handle an event without a promise where it leaves the transaction alone', async () => {
    const counted: RecordedEvent[] = [];
    class Orders {
      @On(Placed)
      placed(event: RecordedEvent<Placed>): void {
        counted.push(event);
      }
    }
    await definitionOf(new Orders()).handle(eventOf('order.placed'), DELIVERY);
    expect(counted).toHaveLength(1);
  });

  it('may return the promise of what it writes, of any kind', async () => {
    class Orders {
      @On(Placed)
      placed(_: RecordedEvent<Placed>, { manager }: Context): Promise<void> {
        return (manager as { query(): Promise<void> }).query();
      }
      @On(Shipped)
      shipped(_: RecordedEvent<Shipped>, { manager }: Context): Promise<void> {
        void manager;
        return { then: (resolve: () => void) => resolve() } as Promise<void>;
      }
    }
    const { handle } = definitionOf(new Orders());
    await expect(handle(eventOf('order.placed'), DELIVERY)).resolves.toBeUndefined();
    await expect(handle(eventOf('order.shipped'), DELIVERY)).resolves.toBeUndefined();
  });

  it('is told where it writes and nobody could wait for it, and that is not tried again', async () => {
    class Orders {
      @On(Placed)
      placed(_: RecordedEvent<Placed>, { manager }: Context): void {
        void (manager as { query(): Promise<void> }).query();
      }
      @OnBatch(Shipped)
      shipped(_: readonly RecordedEvent<Shipped>[], { manager }: Context): void {
        void (manager as { query(): Promise<void> }).query();
      }
    }
    const { handle, batchHandleOf } = definitionOf(new Orders());
    const error: unknown = await handle(eventOf('order.placed'), DELIVERY).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(HandlerNotAwaitedError);
    expect(error).toMatchObject({ code: 'HANDLER_NOT_AWAITED', handler: 'Orders.placed' });
    expect(classifyError(error)).toMatchObject({ category: 'permanent', retryable: false });
    await expect(batchHandleOf?.('order.shipped')?.([eventOf('order.shipped')], DELIVERY)).rejects.toMatchObject({
      handler: 'Orders.shipped',
    });
  });

  it('fails as its handler does, with a promise or without', async () => {
    class Orders {
      @On(Placed)
      placed(): void {
        throw new RangeError('sync');
      }
      @On(Shipped)
      async shipped(): Promise<void> {
        throw new RangeError('async');
      }
    }
    const { handle } = definitionOf(new Orders());
    await expect(handle(eventOf('order.placed'), DELIVERY)).rejects.toThrow(new RangeError('sync'));
    await expect(handle(eventOf('order.shipped'), DELIVERY)).rejects.toThrow(new RangeError('async'));
  });

  it('can be emptied only where the kind says how', () => {
    class Orders {
      @On(Placed)
      placed(): void {}
    }
    const reset = () => Promise.resolve();
    expect(definitionOf(new Orders())).not.toHaveProperty('reset');
    expect(readDeclared(new Orders(), registry, { ...KIND, reset })).toMatchObject({ definition: { reset } });
  });
});
