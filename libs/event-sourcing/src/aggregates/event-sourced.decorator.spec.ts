import { describe, expect, it } from '@jest/globals';
import { ConfigurationError } from '../core/index.js';
import { OrderBase } from './aggregates.fixture.js';
import { type AggregateClass, EventSourced, eventSourcedDefinitionOf } from './event-sourced.decorator.js';
import type { SnapshotOptions } from './snapshots/snapshot-policy.js';

function problemsOf(
  category: string,
  options: object,
  aggregateClass: AggregateClass = class Order extends OrderBase {},
) {
  try {
    EventSourced(category, options as SnapshotOptions)(aggregateClass);
    return [];
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigurationError);
    return (error as ConfigurationError).problems;
  }
}

describe('@EventSourced', () => {
  it('records category and snapshot policy on the class, and on no subclass', () => {
    @EventSourced('order', { snapshotEvery: 10, snapshotVersion: 3 })
    class Order extends OrderBase {}
    class Suborder extends Order {}
    expect(eventSourcedDefinitionOf(Order)).toEqual({
      category: 'order',
      snapshots: { every: 10, mode: 'background', schemaVersion: 3 },
    });
    expect(eventSourcedDefinitionOf(Suborder)).toBeUndefined();
  });

  it('takes no snapshots by default, and by hand only where it is told so', () => {
    @EventSourced('order')
    class Order extends OrderBase {}
    @EventSourced('basket', { snapshotMode: 'manual' })
    class Basket extends OrderBase {}
    expect(eventSourcedDefinitionOf(Order)?.snapshots).toBeUndefined();
    expect(eventSourcedDefinitionOf(Basket)?.snapshots).toEqual({ every: Infinity, mode: 'manual', schemaVersion: 1 });
  });

  it.each([
    ['or-der', {}, /category "or-der"/],
    ['', {}, /category ""/],
    ['order', { snapshotEvery: 0 }, /snapshotEvery must be/],
    ['order', { snapshotEvery: 1.5 }, /snapshotEvery must be/],
    ['order', { snapshotEvery: 5, snapshotMode: 'never' }, /snapshotMode must be/],
    ['order', { snapshotEvery: 5, snapshotMode: 'manual' }, /no effect in the snapshotMode 'manual'/],
    ['order', { snapshotMode: 'sync' }, /'sync' has no effect without/],
    ['order', { snapshotEvery: 5, snapshotVersion: 0 }, /snapshotVersion must be/],
  ])('refuses %p with %p', (category, options, problem) => {
    expect(problemsOf(category, options)).toEqual([expect.stringMatching(problem)]);
  });

  it('lists all that is wrong, with the name of the class', () => {
    const problems = problemsOf('or-der', { snapshotEvery: -1, snapshotVersion: 99_999 });
    expect(problems).toHaveLength(3);
    for (const problem of problems) expect(problem).toMatch(/^@EventSourced on Order:/);
  });

  it('refuses a class that is no aggregate', () => {
    class Stranger {}
    expect(problemsOf('order', {}, Stranger as never)).toEqual([expect.stringMatching(/must extend/)]);
  });

  it('refuses #private fields, which the default snapshot would lose, where snapshots are taken', () => {
    class Secretive extends OrderBase {
      readonly #count = 0;
      get count() {
        return this.#count;
      }
    }
    class Heir extends Secretive {}
    class Open extends Secretive {
      override toSnapshot() {
        return { count: this.count };
      }
    }
    expect(problemsOf('order', { snapshotEvery: 5 }, Secretive)).toEqual([expect.stringMatching(/#private/)]);
    expect(problemsOf('order', { snapshotEvery: 5 }, Heir)).toEqual([expect.stringMatching(/#private/)]);
    expect(problemsOf('order', { snapshotEvery: 5 }, Open)).toEqual([]);
    expect(problemsOf('order', {}, Secretive)).toEqual([]);
  });
});
