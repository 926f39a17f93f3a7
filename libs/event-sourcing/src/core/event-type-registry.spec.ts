import { describe, expect, it } from '@jest/globals';
import { DomainEvent, eventDefinitionOf } from './domain-event.decorator.js';
import { ConfigurationError, UnknownEventTypeError } from './errors.js';
import { EventTypeRegistry } from './event-type-registry.js';

@DomainEvent('parcel.sent')
class ParcelSent {}

@DomainEvent('parcel.lost')
class ParcelLost {}

@DomainEvent('parcel.sent')
class Impostor {}

class Plain {}

describe('EventTypeRegistry', () => {
  it('finds definitions by wire name and by class', () => {
    const registry = new EventTypeRegistry().register(ParcelSent, ParcelLost);
    expect(registry.byTypeName('parcel.sent')).toBe(eventDefinitionOf(ParcelSent));
    expect(registry.ofClass(ParcelLost)).toBe(eventDefinitionOf(ParcelLost));
    expect(registry.has('parcel.sent')).toBe(true);
    expect(registry.types()).toEqual(['parcel.lost', 'parcel.sent']);
  });

  it('takes a class again without a word', () => {
    const registry = new EventTypeRegistry().register(ParcelSent).register(ParcelSent, ParcelSent);
    expect(registry.types()).toEqual(['parcel.sent']);
  });

  it('does not know what was not registered, decorated or not', () => {
    const registry = new EventTypeRegistry().register(ParcelSent);
    expect(registry.has('parcel.lost')).toBe(false);
    expect(() => registry.byTypeName('parcel.lost')).toThrow(UnknownEventTypeError);
    expect(() => registry.ofClass(ParcelLost)).toThrow(expect.objectContaining({ eventType: 'parcel.lost' }));
    expect(() => registry.ofClass(Plain)).toThrow(expect.objectContaining({ eventType: 'Plain' }));
  });

  it('does not know the child of a registered class', () => {
    class Child extends ParcelSent {}
    const registry = new EventTypeRegistry().register(ParcelSent);
    expect(() => registry.ofClass(Child)).toThrow(expect.objectContaining({ eventType: 'Child' }));
  });

  it('refuses undecorated classes and two classes of one name, all in one error', () => {
    const refused = () => new EventTypeRegistry().register(ParcelSent, Plain, Impostor);
    expect(refused).toThrow(ConfigurationError);
    expect(refused).toThrow(
      expect.objectContaining({
        problems: [
          expect.stringContaining('Plain is listed as an event'),
          expect.stringMatching(/'parcel\.sent' is claimed by both ParcelSent and Impostor/),
        ],
      }),
    );
  });

  it('leaves the first owner of a name in place', () => {
    const registry = new EventTypeRegistry().register(ParcelSent);
    expect(() => registry.register(Impostor)).toThrow(ConfigurationError);
    expect(registry.byTypeName('parcel.sent').eventClass).toBe(ParcelSent);
    expect(() => registry.ofClass(Impostor)).toThrow(UnknownEventTypeError);
  });

  it('is one of its own: nothing is shared between two', () => {
    new EventTypeRegistry().register(ParcelSent);
    expect(new EventTypeRegistry().types()).toEqual([]);
  });
});
