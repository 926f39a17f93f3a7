import { describe, expect, it } from '@jest/globals';
import type { StoredEvent } from '../../core/index.js';
import { eventFailureOf, InMemoryDeadLetterStore } from '../../dead-letter-queue/index.js';
import type { SubscriptionDefinition } from '../subscription-definition.js';
import { ParkedStreams } from './parked-streams.js';

/** Counts how often it is asked. */
class AskedStore extends InMemoryDeadLetterStore {
  asked = 0;

  override blockedStreams(...about: Parameters<InMemoryDeadLetterStore['blockedStreams']>) {
    this.asked += 1;
    return super.blockedStreams(...about);
  }
}

const THE_FAILURE = eventFailureOf(new RangeError('out of stock'));

function eventOf(streamId: string, position = 1): StoredEvent {
  const id = `00000000-0000-7000-8000-${String(position).padStart(12, '0')}`;
  return { id, streamId, position: BigInt(position), version: position, type: 'sent' } as StoredEvent;
}

function parkedStreams() {
  const deadLetters = new AskedStore();
  const definition = { name: 'sub' } as SubscriptionDefinition;
  const parked = new ParkedStreams({ definition, partition: 0, deadLetters });
  const among = async (...streamIds: string[]) => [
    ...(await parked.among(
      streamIds.map((streamId) => eventOf(streamId)),
      undefined,
    )),
  ];
  return { deadLetters, parked, among };
}

describe('ParkedStreams', () => {
  it('asks once, where there is no open letter', async () => {
    const { deadLetters, among } = parkedStreams();
    expect([await among('a-1'), await among('a-1', 'a-2'), await among()]).toEqual([[], [], []]);
    expect(deadLetters.asked).toBe(1);
  });

  it('asks again from when it parks an event itself until no letter is open', async () => {
    const { deadLetters, parked, among } = parkedStreams();
    await among('a-1');
    const id = await parked.park(eventOf('a-1'), [THE_FAILURE], undefined);
    expect([await among('a-1', 'a-2'), await among('a-2'), await among('a-1')]).toEqual([['a-1'], [], ['a-1']]);
    await parked.queue([eventOf('a-1', 2)], undefined);
    await deadLetters.close(id, 'resolved');
    expect(await among('a-1')).toEqual(['a-1']);
    await deadLetters.discardAll('sub');
    const { asked } = deadLetters;
    expect([await among('a-1'), await among('a-1')]).toEqual([[], []]);
    expect(deadLetters.asked).toBe(asked + 1);
  });

  it('asks again when the partition is owned anew', async () => {
    const { deadLetters, parked, among } = parkedStreams();
    await among('a-1');
    await deadLetters.park({ subscription: 'sub', partition: 0, event: eventOf('a-1'), failures: [THE_FAILURE] });
    expect(await among('a-1')).toEqual([]);
    parked.forget();
    expect(await among('a-1')).toEqual(['a-1']);
  });
});
