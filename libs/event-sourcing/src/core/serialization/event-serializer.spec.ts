import { describe, expect, it } from '@jest/globals';
import type { StandardSchemaV1 } from '@standard-schema/spec';
import { DomainEvent } from '../domain-event.decorator.js';
import { InvalidEventError, UndecodableEventError, UnknownEventTypeError } from '../errors.js';
import { EventSerializer, MAX_EVENT_LENGTH } from './event-serializer.js';
import { EventTypeRegistry } from '../event-type-registry.js';
import { NewEvent } from '../new-event.js';
import type { StoredEvent } from '../recorded-event.js';

/** A schema written by hand: `lines` must be a list of objects with a positive `quantity`, and no class instance. */
const LINES: StandardSchemaV1 = {
  '~standard': {
    version: 1,
    vendor: 'ours',
    validate: async (value) => {
      if (Object.getPrototypeOf(value) !== Object.prototype) return { issues: [{ message: 'is no plain object' }] };
      const { lines } = value as { lines?: { quantity: number }[] };
      if (lines === undefined) return { issues: [{ message: 'has no lines' }] };
      const index = lines.findIndex(({ quantity }) => quantity <= 0);
      if (index === -1) return { value: { lines: 'what a schema makes of it is not stored' } };
      return { issues: [{ message: 'too small', path: ['lines', { key: index }, 'quantity'] }, { message: 'second' }] };
    },
  },
};

@DomainEvent('order.placed', { schema: LINES })
class OrderPlaced {
  constructor(readonly lines?: readonly { quantity: number }[]) {}
}

@DomainEvent('order.priced', {
  version: 4,
  upcast: {
    1: ({ euros }: { euros: number }) => ({ cents: euros * 100 }),
    2: (payload: { cents: number }) => ({ ...payload, currency: 'EUR' }),
    3: ({ cents, currency }: { cents: number; currency: string }) => ({ price: { cents, currency } }),
  },
})
class OrderPriced {
  constructor(readonly price: { cents: number; currency: string }) {}

  get euros(): number {
    return this.price.cents / 100;
  }
}

@DomainEvent('order.noted', {
  version: 3,
  upcast: { 1: () => 'no object' as unknown as object, 2: () => JSON.parse('no json') as object },
})
class OrderNoted {
  constructor(readonly note: unknown) {}
}

class OrderForgotten {}

const serializer = new EventSerializer(new EventTypeRegistry().register(OrderPlaced, OrderPriced, OrderNoted));

function stored(parts: Partial<StoredEvent>): StoredEvent {
  return {
    id: '0190b5f0-0000-7000-8000-000000000001',
    type: 'order.priced',
    schemaVersion: 4,
    streamId: 'order-1',
    category: 'order',
    version: 7,
    position: 42n,
    tenantId: undefined,
    partitionSlot: 5,
    data: '{"price":{"cents":100,"currency":"EUR"}}',
    metadata: '{"actor":"ada"}',
    occurredAt: new Date(1),
    recordedAt: new Date(2),
    ...parts,
  };
}

function faultOf(event: object): Promise<{ path: string; message: string }> {
  return serializer.encode(event).then(
    () => Promise.reject(new Error('the event was accepted')),
    (error: InvalidEventError) => {
      expect(error).toBeInstanceOf(InvalidEventError);
      return { path: error.path, message: error.message };
    },
  );
}

describe('EventSerializer.encode', () => {
  it('gives an event its type, its version, an id and a time', async () => {
    const before = Date.now();
    const encoded = await serializer.encode(new OrderPriced({ cents: 5, currency: 'EUR' }), { actor: 'ada' });
    expect(encoded).toMatchObject({
      type: 'order.priced',
      schemaVersion: 4,
      data: '{"price":{"cents":5,"currency":"EUR"}}',
      metadata: '{"actor":"ada"}',
    });
    expect(encoded.id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7/);
    expect(encoded.occurredAt.getTime()).toBeGreaterThanOrEqual(before);
  });

  it('takes id, time and metadata of a NewEvent, over those of the context', async () => {
    const id = '0190B5F0-0000-7000-8000-00000000000A';
    const occurredAt = new Date('2024-01-01T00:00:00Z');
    const event = new NewEvent(new OrderNoted(1), { id, occurredAt, metadata: { actor: 'bo' } });
    const encoded = await serializer.encode(event, { actor: 'ada', correlationId: 'c' });
    expect(encoded).toMatchObject({ id: id.toLowerCase(), occurredAt, metadata: '{"actor":"bo","correlationId":"c"}' });
    expect(encoded.occurredAt).not.toBe(occurredAt);
  });

  it('refuses classes that nobody registered', async () => {
    for (const event of [new OrderForgotten(), { note: 1 }, Object.create(null) as object, []]) {
      await expect(serializer.encode(event)).rejects.toThrow(UnknownEventTypeError);
    }
  });

  it('names the field at fault by its path', async () => {
    expect(await faultOf(new OrderNoted({ list: [1, { at: Number.NaN }] }))).toEqual({
      path: 'data.note.list[1].at',
      message: "Event 'order.noted' was not accepted: data.note.list[1].at is NaN, which JSON cannot hold.",
    });
    const metadata = { custom: { tags: ['\ud800'] } };
    expect(await faultOf(new NewEvent(new OrderNoted(1), { metadata }))).toMatchObject({
      path: 'metadata.custom.tags[0]',
    });
  });

  it('refuses ids and times that cannot be stored', async () => {
    const fault = (options: ConstructorParameters<typeof NewEvent>[1]) =>
      faultOf(new NewEvent(new OrderNoted(1), options));
    expect(await fault({ id: 'order-1' })).toMatchObject({ path: 'id' });
    expect(await fault({ occurredAt: new Date(Number.NaN) })).toMatchObject({ path: 'occurredAt' });
    expect(await fault({ occurredAt: new Date('+010000-01-01') })).toMatchObject({ path: 'occurredAt' });
    expect(await fault({ occurredAt: new Date('0000-12-31') })).toMatchObject({ path: 'occurredAt' });
  });

  it('refuses what does not become an object, and what is too long', async () => {
    expect(await faultOf(Object.assign(new OrderNoted(1), { toJSON: () => [1] }))).toMatchObject({ path: 'data' });
    const tooLong = await faultOf(new OrderNoted('x'.repeat(MAX_EVENT_LENGTH)));
    expect(tooLong).toMatchObject({ path: 'data', message: expect.stringContaining('the limit is 16777216') });
  });

  it('puts the payload, as a plain object, to the schema of its type and stores what was given', async () => {
    const { data } = await serializer.encode(new OrderPlaced([{ quantity: 1 }]));
    expect(data).toBe('{"lines":[{"quantity":1}]}');
  });

  it('refuses what the schema refuses, by the path of the first issue', async () => {
    expect(await faultOf(new OrderPlaced([{ quantity: 1 }, { quantity: 0 }]))).toEqual({
      path: 'data.lines.1.quantity',
      message: "Event 'order.placed' was not accepted: data.lines.1.quantity is not valid: too small.",
    });
    expect(await faultOf(new OrderPlaced())).toMatchObject({ path: 'data' });
  });
});

describe('EventSerializer.decode', () => {
  it('gives an instance of the class, and all that is known of the event but its slot', () => {
    const { partitionSlot: _slot, data: _data, metadata: _metadata, ...rest } = stored({ tenantId: 'a' });
    const event = serializer.decode(stored({ tenantId: 'a' }));
    expect(event).toEqual({
      ...rest,
      data: new OrderPriced({ cents: 100, currency: 'EUR' }),
      metadata: { actor: 'ada' },
    });
    expect(event.data).toBeInstanceOf(OrderPriced);
    expect((event.data as OrderPriced).euros).toBe(1);
  });

  it('leads old payloads through every upcaster in turn', () => {
    const price = { cents: 300, currency: 'EUR' };
    for (const [schemaVersion, payload] of [
      [1, { euros: 3 }],
      [2, { cents: 300 }],
      [3, price],
      [4, { price }],
    ] as const) {
      const event = serializer.decode(stored({ schemaVersion, data: JSON.stringify(payload) }));
      expect(event.data).toEqual(new OrderPriced(price));
      expect(event.schemaVersion).toBe(4);
    }
  });

  it('gives what nobody can change', () => {
    const event = serializer.decode(stored({ metadata: '{"custom":{"list":[{}]}}' }));
    const { price } = event.data as OrderPriced;
    for (const part of [event, event.data, price, event.metadata, event.metadata.custom?.list]) {
      expect(Object.isFrozen(part)).toBe(true);
    }
    expect(() => Object.assign(price, { cents: 0 })).toThrow(TypeError);
  });

  it('runs no constructor and no setter of the class', () => {
    let calls = 0;
    @DomainEvent('order.counted')
    class OrderCounted {
      constructor() {
        calls++;
      }
    }
    const own = new EventSerializer(new EventTypeRegistry().register(OrderCounted));
    expect(own.decode(stored({ type: 'order.counted', schemaVersion: 1 })).data).toBeInstanceOf(OrderCounted);
    expect(calls).toBe(0);
  });

  it('refuses types that nobody registered', () => {
    expect(() => serializer.decode(stored({ type: 'order.forgotten' }))).toThrow(UnknownEventTypeError);
    expect(serializer.knows('order.forgotten')).toBe(false);
    expect(serializer.knows('order.placed')).toBe(true);
  });

  it('names the event and the reason where it cannot be decoded', () => {
    const faults: [Partial<StoredEvent>, RegExp][] = [
      [{ schemaVersion: 5 }, /stored at schema version 5, this app knows 'order.priced' up to version 4/],
      [{ data: '{' }, /JSON/],
      [{ metadata: '' }, /JSON/],
      [{ schemaVersion: 1, data: 'null' }, /euros/],
      [{ schemaVersion: 0 }, /no upcaster from version 0/],
      [{ type: 'order.noted', schemaVersion: 1, data: '{}' }, /from version 1 returned no object/],
      [{ type: 'order.noted', schemaVersion: 2, data: '{}' }, /no json/],
    ];
    for (const [parts, reason] of faults) {
      const decode = () => serializer.decode(stored(parts));
      expect(decode).toThrow(UndecodableEventError);
      expect(decode).toThrow(expect.objectContaining({ position: 42n, message: expect.stringMatching(reason) }));
    }
  });
});
