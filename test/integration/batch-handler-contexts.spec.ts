import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Injectable } from '@nestjs/common';
import {
  DomainEvent,
  EventContext,
  type EventContextValues,
  On,
  OnBatch,
  type RecordedEvent,
  Subscriber,
} from '@tidemark/event-sourcing';
import { type ObservedApp, startObservedApp } from '../support/observed-app.js';

@DomainEvent('order.placed')
class Placed {}

@DomainEvent('note.made')
class Noted {}

/** What each call was given, and found around it. */
const calls: { events: readonly RecordedEvent[]; values: EventContextValues }[] = [];

/** Fails so many times from now on. */
let failures = 0;

@Injectable()
@Subscriber({ name: 'watcher' })
class Watcher {
  constructor(private readonly context: EventContext) {}

  @OnBatch(Placed)
  async placed(events: readonly RecordedEvent<Placed>[]): Promise<void> {
    await this.note(events);
  }

  @On(Noted)
  async noted(event: RecordedEvent<Noted>): Promise<void> {
    await this.note([event]);
    if (failures-- > 0) throw new Error('not now');
  }

  private async note(events: readonly RecordedEvent[]): Promise<void> {
    await Promise.resolve();
    // What is handled is for the log; it is no value of the events.
    const { handling: _handling, ...values } = this.context.current();
    calls.push({ events, values });
  }
}

describe('the context around a batch handler', () => {
  let one: ObservedApp;

  beforeEach(async () => {
    calls.length = 0;
    failures = 0;
    one = await startObservedApp({ url: undefined, events: [Placed, Noted], subscribers: [Watcher] });
  });

  afterEach(() => one.app.close());

  async function append(streamId: string, event: object, values: EventContextValues = {}): Promise<bigint> {
    const appended = one.app.get(EventContext).run(values, () => one.store.append(streamId, [event]));
    return (await appended).position;
  }

  async function run(last: bigint): Promise<void> {
    await one.manager.start();
    await one.manager.waitFor(last, { subscription: 'watcher' });
  }

  it('holds what all of its events have in common', async () => {
    const common = { correlationId: 'c-1', actor: 'anna', tenantId: 'acme', traceParent: '00-a-b-01' };
    await append('order-1', new Placed(), common);
    await run(await append('order-2', new Placed(), common));
    expect(calls).toHaveLength(1);
    // Neither of them alone brought it about.
    expect(calls[0]?.values).toEqual({ ...common, causationId: undefined });
  });

  it('holds nothing that only some of its events have', async () => {
    await append('order-1', new Placed(), { correlationId: 'c-1', actor: 'anna', tenantId: 'acme' });
    await append('order-2', new Placed(), { correlationId: 'c-2', actor: 'bert', tenantId: 'emca' });
    await run(await append('order-3', new Placed(), { correlationId: 'c-1', actor: 'anna', tenantId: 'acme' }));
    expect(calls).toHaveLength(1);
    expect(new Set(Object.values(calls[0]?.values ?? {}))).toEqual(new Set([undefined]));
  });

  it('holds the correlation of none where each event began its own', async () => {
    await append('order-1', new Placed());
    await run(await append('order-2', new Placed()));
    expect(calls).toHaveLength(1);
    expect(calls[0]?.values.correlationId).toBeUndefined();
  });

  it('is that of the event where there is only one, as around any other handler', async () => {
    await append('order-1', new Placed(), { correlationId: 'c-1', tenantId: 'acme' });
    await append('note-1', new Noted());
    await run(await append('note-2', new Noted(), { correlationId: 'c-2', actor: 'anna' }));
    const ids = calls.map(({ events }) => events[0]?.id);
    expect(calls.map(({ values }) => values)).toMatchObject([
      { correlationId: 'c-1', causationId: ids[0], tenantId: 'acme' },
      { correlationId: ids[1], causationId: ids[1], tenantId: undefined },
      { correlationId: 'c-2', causationId: ids[2], actor: 'anna', tenantId: undefined },
    ]);
  });

  it('does not come again for what was done before another call failed', async () => {
    failures = 3;
    await append('order-1', new Placed());
    await append('order-2', new Placed());
    await append('note-1', new Noted());
    await append('order-3', new Placed());
    await run(await append('order-4', new Placed()));
    expect(calls.map(({ events }) => events.map(({ streamId }) => streamId).join())).toEqual([
      'order-1,order-2',
      'note-1',
      'note-1',
      'note-1',
      'note-1',
      'order-3,order-4',
    ]);
  });
});
