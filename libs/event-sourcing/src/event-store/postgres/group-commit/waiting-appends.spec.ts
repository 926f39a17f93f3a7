import { describe, expect, it } from '@jest/globals';
import type { AppendOutcome, EncodedAppend } from '../../event-storage.js';
import { WaitingAppends } from './waiting-appends.js';

function append(streamId: string, events = 1, data = '{}'): EncodedAppend {
  const event = { id: '', type: 't', schemaVersion: 1, data, metadata: '{}', occurredAt: new Date(0) };
  return { streamId, expectedVersion: 'any', tenantId: undefined, events: Array.from({ length: events }, () => event) };
}

function waiting(appends: readonly EncodedAppend[], limits: { maxEvents?: number; maxLength?: number } = {}) {
  const queue = new WaitingAppends({ maxEvents: 100, maxLength: 100_000, ...limits });
  for (const one of appends) queue.add({ append: one, outcome: Promise.withResolvers<AppendOutcome>() });
  return (busy: readonly string[] = []): string[] =>
    queue.take(new Set(busy)).map(({ append: { streamId } }) => streamId);
}

describe('WaitingAppends', () => {
  it('gives what came, in its order, and then nothing', () => {
    const take = waiting([append('a-1'), append('b-1'), append('c-1')]);
    expect([take(), take()]).toEqual([['a-1', 'b-1', 'c-1'], []]);
  });

  it('gives each stream once at a time, and keeps the order of those that wait', () => {
    const take = waiting([append('a-1'), append('b-1'), append('a-1', 2), append('a-1', 3), append('c-1')]);
    expect([take(), take(), take(), take()]).toEqual([['a-1', 'b-1', 'c-1'], ['a-1'], ['a-1'], []]);
  });

  it('leaves streams alone that are busy', () => {
    const take = waiting([append('a-1'), append('b-1')]);
    expect([take(['a-1']), take(['a-1']), take()]).toEqual([['b-1'], [], ['a-1']]);
  });

  it('gives no more events than the limit, and one append at the least', () => {
    const take = waiting([append('a-1', 3), append('b-1', 3), append('c-1'), append('d-1', 9), append('e-1')], {
      maxEvents: 4,
    });
    expect([take(), take(), take(), take()]).toEqual([['a-1'], ['b-1', 'c-1'], ['d-1'], ['e-1']]);
  });

  it('gives no more appends than it is asked for', () => {
    const queue = new WaitingAppends({ maxEvents: 100, maxLength: 100_000 });
    for (const streamId of ['a-1', 'a-1', 'b-1', 'c-1', 'd-1']) {
      queue.add({ append: append(streamId), outcome: Promise.withResolvers<AppendOutcome>() });
    }
    const take = (most?: number) => queue.take(new Set(), most).map(({ append: { streamId } }) => streamId);
    expect([take(0), take(2), take(2), take(), take()]).toEqual([[], ['a-1', 'b-1'], ['a-1', 'c-1'], ['d-1'], []]);
  });

  it('takes from a great many, and leaves the others as they came', () => {
    const queue = new WaitingAppends({ maxEvents: 2, maxLength: 100_000 });
    const outcome = Promise.withResolvers<AppendOutcome>();
    for (let n = 0; n < 300_000; n++) queue.add({ append: append(`a-${Math.floor(n / 2)}`), outcome });
    const taken = [queue.take(new Set()), queue.take(new Set())].flat().map(({ append: { streamId } }) => streamId);
    expect([taken, queue.size]).toEqual([['a-0', 'a-1', 'a-0', 'a-1'], 299_996]);
  });

  it('gives no more text than the limit', () => {
    const text = `"${'x'.repeat(40)}"`;
    const take = waiting([append('a-1', 1, text), append('b-1', 1, text), append('c-1', 1, text)], { maxLength: 90 });
    expect([take(), take()]).toEqual([['a-1', 'b-1'], ['c-1']]);
  });
});
