import { describe, expect, it } from '@jest/globals';
import { DomainEvent, type DomainEventOptions, eventDefinitionOf } from './domain-event.decorator.js';
import { ConfigurationError } from './errors.js';

const step = (payload: object): object => payload;

function problemsOf(type: string, options?: DomainEventOptions): readonly string[] {
  class Sample {}
  try {
    DomainEvent(type, options)(Sample);
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigurationError);
    return (error as ConfigurationError).problems;
  }
  return [];
}

describe('@DomainEvent', () => {
  it('gives a class its wire name, at version 1 without upcasters or schema', () => {
    @DomainEvent('parcel.sent')
    class ParcelSent {}
    const definition = eventDefinitionOf(ParcelSent);
    expect(definition).toEqual({
      type: 'parcel.sent',
      version: 1,
      upcast: {},
      schema: undefined,
      eventClass: ParcelSent,
    });
    expect(Object.isFrozen(definition)).toBe(true);
  });

  it('keeps version, upcasters and schema', () => {
    const schema = { '~standard': { version: 1, vendor: 'ours', validate: (value: unknown) => ({ value }) } } as const;
    const upcast = { 1: step, 2: step };
    @DomainEvent('parcel.sent', { version: 3, upcast, schema })
    class ParcelSent {}
    expect(eventDefinitionOf(ParcelSent)).toMatchObject({ version: 3, upcast, schema });
  });

  it('says nothing of a class without it, nor of one that only inherits it', () => {
    @DomainEvent('parcel.sent')
    class Parent {}
    class Child extends Parent {}
    class Stranger {}
    expect(eventDefinitionOf(Child)).toBeUndefined();
    expect(eventDefinitionOf(Stranger)).toBeUndefined();
  });

  it('takes names of 1 to 255 characters without white space', () => {
    for (const name of ['a', 'x'.repeat(255), 'Ünï.cødé/v1:sent']) expect(problemsOf(name)).toEqual([]);
    for (const name of ['', 'x'.repeat(256), 'parcel.*', 'parcel sent', 'parcel\tsent', 'parcel\u0000', '\u007f']) {
      expect(problemsOf(name)).toEqual([expect.stringContaining('Sample: the wire name')]);
    }
  });

  it('refuses a version that is no whole number from 1 to 32,767', () => {
    for (const version of [0, -1, 1.5, Number.NaN, 32_768, '2' as unknown as number]) {
      expect(problemsOf('a', { version })).toEqual([expect.stringContaining('version must be')]);
    }
  });

  it('names every upcaster that is missing, and every one that leads nowhere', () => {
    const upcast = { 0: step, 2: step, 4: step, 9: step };
    expect(problemsOf('a', { version: 4, upcast })).toEqual([
      expect.stringContaining('from version 1 is missing'),
      expect.stringContaining('from version 3 is missing'),
      expect.stringContaining('from version 0 leads nowhere'),
      expect.stringContaining('from version 4 leads nowhere'),
      expect.stringContaining('from version 9 leads nowhere'),
    ]);
  });

  it('tells of all that is wrong at once', () => {
    expect(problemsOf('a b', { version: 2 })).toHaveLength(2);
  });
});
