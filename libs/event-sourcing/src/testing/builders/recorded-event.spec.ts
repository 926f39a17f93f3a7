import { describe, expect, it } from '@jest/globals';
import {
  DomainEvent,
  EventContext,
  EventSerializer,
  EventTypeRegistry,
  Instrumentation,
  NewEvent,
  type RecordedEvent,
} from '../../core/index.js';
import { InMemoryEventStorage, StorageEventStore } from '../../event-store/index.js';
import { recordedEvent, recordedEvents } from './recorded-event.js';

@DomainEvent('parcel.sent', { version: 2, upcast: { 1: (payload: object) => payload } })
class ParcelSent {
  constructor(
    readonly to: string,
    readonly items: readonly { readonly sku: string }[] = [],
  ) {}
}

const occurredAt = new Date('2026-03-01T12:00:00Z');
const id = '0197f0a0-0000-7000-8000-000000000001';

describe('recordedEvent', () => {
  it('is what a store gives back of the same event', async () => {
    const storage = new InMemoryEventStorage(() => occurredAt);
    const serializer = new EventSerializer(new EventTypeRegistry().register(ParcelSent));
    const parts = { context: new EventContext(), instrumentation: new Instrumentation() };
    const store = new StorageEventStore({ storage, serializer, ...parts });
    const metadata = { actor: 'ada', custom: { channel: 'web' } };
    const event = new ParcelSent('bob', [{ sku: 'tea' }]);
    await store.append('parcel-7', [new NewEvent(event, { id, occurredAt, metadata })], { tenantId: 'acme' });
    let stored: RecordedEvent | undefined;
    for await (const read of store.readStream('parcel-7')) stored = read;
    const built = recordedEvent(event, { id, occurredAt, metadata, streamId: 'parcel-7', tenantId: 'acme' });
    expect(built).toStrictEqual(stored);
  });

  it('has defaults for everything, and is frozen all the way down', () => {
    const event: RecordedEvent<ParcelSent> = recordedEvent(new ParcelSent('bob', [{ sku: 'tea' }]));
    expect(event).toMatchObject({ type: 'parcel.sent', schemaVersion: 2, streamId: 'test-1', category: 'test' });
    expect(event).toMatchObject({ version: 1, position: 1n, tenantId: undefined, metadata: {} });
    expect(event.data).toBeInstanceOf(ParcelSent);
    const frozen = [event, event.data, event.data.items, event.data.items[0], event.metadata];
    expect(frozen.map((part) => Object.isFrozen(part))).toEqual([true, true, true, true, true]);
    expect(recordedEvent(new ParcelSent('bob')).id).not.toBe(event.id);
  });

  it('leaves the event that it was made of as it was', () => {
    const event = new ParcelSent('bob', [{ sku: 'tea' }]);
    recordedEvent(event);
    expect(Object.isFrozen(event.items)).toBe(false);
  });

  it('refuses what no store would hold', () => {
    expect(() => recordedEvent({ to: 'bob' })).toThrow(expect.objectContaining({ code: 'UNKNOWN_EVENT_TYPE' }));
    const lossy = new ParcelSent('bob', [{ sku: Number.NaN as unknown as string }]);
    expect(() => recordedEvent(lossy)).toThrow(expect.objectContaining({ path: 'data.items[0].sku' }));
    const parcel = new ParcelSent('bob');
    expect(() => recordedEvent(parcel, { version: 0 })).toThrow(expect.objectContaining({ argument: 'version' }));
    expect(() => recordedEvent(parcel, { position: 0n })).toThrow(expect.objectContaining({ argument: 'position' }));
    expect(() => recordedEvent(parcel, { streamId: 'parcel' })).toThrow(
      expect.objectContaining({ argument: 'streamId' }),
    );
  });
});

describe('recordedEvents', () => {
  it('follow upon each other in their stream and in the feed', () => {
    const first = recordedEvents('parcel-1', [new ParcelSent('ada'), new ParcelSent('bob')], { occurredAt });
    const next = recordedEvents('parcel-2', [new ParcelSent('cid')], { version: 4, position: 3n });
    expect([...first, ...next].map(({ streamId, version, position }) => [streamId, version, position])).toEqual([
      ['parcel-1', 1, 1n],
      ['parcel-1', 2, 2n],
      ['parcel-2', 4, 3n],
    ]);
    expect(first.map((event) => event.recordedAt)).toEqual([occurredAt, occurredAt]);
    expect(new Set(first.map((event) => event.id)).size).toBe(2);
  });
});
