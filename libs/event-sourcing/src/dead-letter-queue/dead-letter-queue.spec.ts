import { describe, expect, it } from '@jest/globals';
import { Global, Module } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { Instrumentation } from '../core/index.js';
import { PostgresDatabase } from '../database/index.js';
import { DeadLetterQueue } from './dead-letter-queue.js';
import { DeadLetterQueueModule } from './dead-letter-queue.module.js';
import { DEAD_LETTER_STATE_CHANGED, type DeadLetterStateChanged } from './dead-letter-queue.signals.js';
import { DeadLetterStore } from './dead-letter-store.js';
import { eventFailureOf } from './event-failure.js';

@Global()
@Module({
  providers: [Instrumentation, { provide: PostgresDatabase, useValue: null }],
  exports: [Instrumentation, PostgresDatabase],
})
class OtherRooms {}

async function start() {
  const app = await Test.createTestingModule({ imports: [OtherRooms, DeadLetterQueueModule.register()] }).compile();
  const store = app.get(DeadLetterStore);
  const changes: DeadLetterStateChanged[] = [];
  app.get(Instrumentation).on(DEAD_LETTER_STATE_CHANGED, (change) => changes.push(change));
  const park = async (streamId: string, position: number, failures = [eventFailureOf(new RangeError('no'))]) => {
    const event = {
      id: `e${position}`,
      position: BigInt(position),
      streamId,
      version: 1,
      type: 't',
      tenantId: undefined,
    };
    return (await store.park({ subscription: 'sub', partition: 0, event, failures })).letter;
  };
  return { queue: app.get(DeadLetterQueue), park, changes };
}

describe('DeadLetterQueue', () => {
  it('redrives one letter by its id, in whatever case it is written, and tells', async () => {
    const { queue, park, changes } = await start();
    const { id } = await park('parcel-1', 1);
    await park('parcel-2', 2);
    expect(await queue.redrive(id.toUpperCase())).toBe(1);
    expect(await queue.redrive(id)).toBe(0);
    expect(changes).toEqual([{ state: 'redriving', count: 1, subscription: undefined, deadLetterId: id }]);
    expect((await queue.get(id)).state).toBe('redriving');
  });

  it.each([
    { streamId: 'parcel-1', subscription: 'sub' },
    { subscription: 'sub' },
    { type: 't' },
    { errorClass: 'RangeError' },
    'all',
  ])('redrives by %j', async (which) => {
    const { queue, park } = await start();
    await park('parcel-1', 1);
    expect(await queue.redrive(which)).toBe(1);
  });

  it.each([
    [{}, 'which'],
    [{ streamId: undefined }, 'which'],
    [{ streamID: 'parcel-1' }, 'streamID'],
    [{ state: 'parked' }, 'state'],
    [{ type: '' }, 'type'],
    [{ type: 'a\u0000' }, 'type'],
    [{ type: 7 }, 'type'],
    ['ALL', 'id'],
    [null, 'which'],
    [undefined, 'which'],
    [7, 'which'],
    [['all'], 'which'],
  ])('refuses to redrive by %j, and nothing is redriven', async (which, argument) => {
    const { queue, park, changes } = await start();
    await park('parcel-1', 1);
    await expect(queue.redrive(which as string)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT', argument });
    expect(await queue.stats()).toMatchObject({ parked: 1, redriving: 0 });
    expect(changes).toEqual([]);
  });

  it('resolves and discards with a note, tells, and tells what was released', async () => {
    const { queue, park, changes } = await start();
    const first = await park('parcel-1', 1);
    await park('parcel-1', 2, []);
    const other = await park('parcel-2', 3);
    expect(await queue.resolve(first.id, { note: 'refunded by hand' })).toMatchObject({ note: 'refunded by hand' });
    expect(await queue.discard(other.id)).toMatchObject({ state: 'discarded', note: undefined });
    const sub = { subscription: 'sub' };
    expect(changes).toEqual([
      { ...sub, state: 'resolved', count: 1, deadLetterId: first.id },
      { ...sub, state: 'redriving', count: 1, deadLetterId: undefined },
      { ...sub, state: 'discarded', count: 1, deadLetterId: other.id },
    ]);
    await expect(queue.discard(first.id)).rejects.toThrow(
      `Dead letter ${first.id} is 'resolved' and cannot become 'discarded'; only one that is 'parked' or 'redriving' can.`,
    );
    expect(changes).toHaveLength(3);
  });

  it.each([7, 'n'.repeat(4_001), 'half \ud800', 'zero \u0000'])('refuses a note that cannot be kept', async (note) => {
    const { queue, park } = await start();
    const { id } = await park('parcel-1', 1);
    await expect(queue.resolve(id, { note: note as string })).rejects.toMatchObject({ argument: 'note' });
    expect((await queue.get(id)).state).toBe('parked');
  });

  it('refuses a note that is given in the wrong place, so that it is not lost', async () => {
    const { queue, park } = await start();
    const { id } = await park('parcel-1', 1);
    await expect(queue.discard(id, 'refunded' as never)).rejects.toMatchObject({ argument: 'options' });
    expect((await queue.get(id)).state).toBe('parked');
  });

  it('lists in pages of 50, and refuses what it cannot list by', async () => {
    const { queue, park } = await start();
    for (let position = 1; position <= 51; position++) await park('parcel-1', position);
    const { letters, nextCursor } = await queue.list({ subscription: 'sub' });
    expect(letters).toHaveLength(50);
    expect((await queue.list({ cursor: nextCursor })).letters.map(({ position }) => position)).toEqual([1n]);
    for (const limit of [0, 1.5, 1_001, NaN]) {
      await expect(queue.list({ limit })).rejects.toMatchObject({ argument: 'limit' });
    }
    await expect(queue.list({ state: 'open' as 'parked' })).rejects.toMatchObject({ argument: 'state' });
    await expect(queue.list({ stream: 'x' } as object)).rejects.toMatchObject({ argument: 'stream' });
    await expect(queue.list({ cursor: '' })).rejects.toMatchObject({ argument: 'cursor' });
  });

  it('says of an id that there is no such letter, or that it is no id', async () => {
    const { queue } = await start();
    const id = '01890000-0000-7000-8000-000000000000';
    for (const attempt of [queue.get(id), queue.redrive(id), queue.resolve(id), queue.discard(id)]) {
      await expect(attempt).rejects.toMatchObject({ code: 'DEAD_LETTER_NOT_FOUND', deadLetterId: id });
    }
    await expect(queue.get('42')).rejects.toMatchObject({ code: 'INVALID_ARGUMENT', argument: 'id' });
  });

  it('purges closed letters, and refuses a time or a limit that is none', async () => {
    const { queue, park } = await start();
    await queue.discard((await park('parcel-1', 1)).id);
    const resolvedBefore = new Date(Date.now() + 60_000);
    await expect(queue.purge({ resolvedBefore: new Date(NaN) })).rejects.toMatchObject({ argument: 'resolvedBefore' });
    await expect(queue.purge({ resolvedBefore, limit: 0 })).rejects.toMatchObject({ argument: 'limit' });
    expect(await queue.purge({ resolvedBefore })).toBe(1);
    expect(await queue.stats()).toMatchObject({ discarded: 0 });
  });
});
