import { describe, expect, it } from '@jest/globals';
import { AssertionError } from 'node:assert';
import { DomainEvent, NewEvent, type RecordedEvent } from '../../core/index.js';
import { Projection, type ProjectionContext } from '../../projections/index.js';
import { On, OnBatch } from '../../subscriptions/index.js';
import { plain } from './plain-rows.js';
import { projectionSpec } from './projection-spec.js';

@DomainEvent('guest.arrived')
class GuestArrived {
  constructor(readonly name: string) {}
}

@DomainEvent('guest.left')
class GuestLeft {
  constructor(readonly name: string) {}
}

@DomainEvent('room.swept')
class RoomSwept {}

interface Stay {
  readonly room: string;
  readonly name: string;
  readonly since: Date;
}

@Projection({ name: 'stays', categories: ['room'], maxRetries: 5, continueOnError: true, partitions: 2 })
class Stays {
  readonly stays = new Map<string, Stay>();

  @On(GuestArrived)
  arrived({ streamId: room, data: { name }, occurredAt: since }: RecordedEvent<GuestArrived>): void {
    if (name === 'nobody') throw new TypeError('nobody there');
    this.stays.set(room, { room, name, since });
  }

  @On(GuestLeft)
  left({ streamId }: RecordedEvent<GuestLeft>): void {
    this.stays.delete(streamId);
  }
}

function stays() {
  const projection = new Stays();
  return projectionSpec({ projection, rows: () => [...projection.stays.values()] });
}

const noon = new Date('2026-03-01T12:00:00Z');
const ada = new NewEvent(new GuestArrived('ada'), { occurredAt: noon });

async function unmet(expectation: Promise<void>): Promise<AssertionError> {
  const error: unknown = await expectation.catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(AssertionError);
  return error as AssertionError;
}

describe('projectionSpec in memory', () => {
  it('is met by the rows that the events lead to', async () => {
    await stays().then([]);
    await stays()
      .given('room-1', ada, new RoomSwept())
      .given('room-2', new GuestArrived('bob'))
      .given('room-2', new GuestLeft('bob'))
      .then([{ room: 'room-1', name: 'ada', since: noon }]);
  });

  it('gives the projection only what it asks for', async () => {
    await stays().given('tent-1', ada).given('room-1', new RoomSwept()).then([]);
    @Projection({ name: 'ours', tenantId: 'acme' })
    class Ours {
      readonly batches: string[][] = [];
      @OnBatch('guest.*')
      guests(events: readonly RecordedEvent[]): void {
        this.batches.push(events.map(({ streamId, version }) => `${streamId}@${version}`));
      }
    }
    const projection = new Ours();
    await projectionSpec({ projection, rows: () => projection.batches })
      .given({ streamId: 'room-1', tenantId: 'acme' }, ada, new GuestLeft('ada'))
      .given({ streamId: 'room-2', tenantId: 'other' }, ada)
      .given('room-3', ada)
      .then([['room-1@1', 'room-1@2']]);
  });

  it('says what was given, expected and seen', async () => {
    const since = noon;
    const error = await unmet(
      stays()
        .given('room-1', ada)
        .given('room-2', new RoomSwept())
        .then([{ room: 'room-1', name: 'bob', since }]),
    );
    expect(error.message).toBe(
      [
        "Given to 'stays'",
        "  room-1: GuestArrived { name: 'ada' }",
        '  room-2: RoomSwept {}',
        'expected',
        "  { room: 'room-1', name: 'bob', since: 2026-03-01T12:00:00.000Z }",
        'but saw',
        "  { room: 'room-1', name: 'ada', since: 2026-03-01T12:00:00.000Z }",
      ].join('\n'),
    );
    expect(error.actual).toEqual([{ room: 'room-1', name: 'ada', since }]);
    expect(error.expected).toEqual([{ room: 'room-1', name: 'bob', since }]);
    expect(error.stack?.split('\n').find((line) => line.startsWith('    at'))).toContain('projection-spec.spec');
    expect((await unmet(stays().given('room-1', ada).then([]))).message).toContain('expected\n  no rows\nbut saw\n  {');
  });

  it('says on which event a handler failed, at the first try', async () => {
    const failing = () => stays().given('room-1', ada).given('room-2', new GuestArrived('nobody'));
    const error = await unmet(failing().then([]));
    expect(error.message).toContain(
      "but it failed on 'guest.arrived' of 'room-2' (position 2) with\n  TypeError: nobody there",
    );
    expect(error.cause).toBeInstanceOf(TypeError);
    await failing().thenFails(TypeError);
    await failing().thenFails('nobody');
    expect((await unmet(failing().thenFails(RangeError))).message).toContain(
      'expected\n  an error of class RangeError',
    );
    const none = await unmet(stays().given('room-1', ada).thenFails(TypeError));
    expect(none.message).toContain("but saw\n  { room: 'room-1', name: 'ada'");
  });

  it('refuses what is no projection, and what no store would take', async () => {
    class Plain {}
    expect(() => projectionSpec({ projection: new Plain(), rows: () => [] })).toThrow(
      'Plain has no @Projection decorator',
    );
    @Projection({ name: 'idle' })
    class Idle {}
    expect(() => projectionSpec({ projection: new Idle(), rows: () => [] })).toThrow('Idle has no handler');
    const undecorated = stays().given('room-1', new Plain()).then([]);
    await expect(undecorated).rejects.toMatchObject({ code: 'UNKNOWN_EVENT_TYPE', eventType: 'Plain' });
  });

  it('refuses a handler that wants a transaction, as the memory store does', async () => {
    @Projection({ name: 'in-sql' })
    class InSql {
      @On(GuestArrived)
      async arrived(_event: RecordedEvent, { manager }: ProjectionContext): Promise<void> {
        await manager.query('select 1');
      }
    }
    await projectionSpec({ projection: new InSql(), rows: () => [] })
      .given('room-1', ada)
      .thenFails({ code: 'INVALID_ARGUMENT', argument: 'manager' });
  });

  it('refuses to be awaited without an expectation', async () => {
    const forgotten = (async () => stays().given('room-1', ada) as unknown as Promise<void>)();
    await expect(forgotten).rejects.toMatchObject({ code: 'INVALID_ARGUMENT', argument: 'then' });
  });

  it('gives up where the events take longer than they may', async () => {
    @Projection({ name: 'stuck' })
    class Stuck {
      @On(GuestArrived)
      arrived(): Promise<void> {
        return new Promise(() => undefined);
      }
    }
    const late = projectionSpec({ projection: new Stuck(), rows: () => [], timeoutMs: 50 });
    const seen = late.given('room-1', ada).then([]);
    await expect(seen).rejects.toMatchObject({ code: 'WAIT_TIMEOUT', subscription: 'stuck' });
  });
});

describe('plain', () => {
  it('compares entities by their fields, and leaves what is no record as it is', () => {
    class Row {
      readonly at = noon;
      readonly nothing = undefined;
      readonly inner = [
        new (class Inner {
          readonly n = 1n;
        })(),
      ];
    }
    expect(plain([new Row()])).toStrictEqual([{ at: noon, inner: [{ n: 1n }] }]);
    const map = new Map([['a', 1]]);
    expect(plain({ map })).toStrictEqual({ map });
  });
});
