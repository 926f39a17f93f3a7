import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { NestFactory } from '@nestjs/core';
import {
  DomainEvent,
  EventSourcingModule,
  EventStore,
  On,
  type RecordedEvent,
  Subscriber,
  type SubscriberContext,
  SubscriptionManager,
} from '@tidemark/event-sourcing';
import type { SubscriptionDefinition } from '../../libs/event-sourcing/src/subscriptions/index.js';
import { countedProjection, createEngine, type Engine } from '../support/engine.js';
import { eventually } from '../support/eventually.js';
import { Counted } from '../support/postgres-store.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

const SUBSCRIPTION = 'mails';

describe('a subscriber on PostgreSQL', () => {
  let database: TestDatabase;
  let engines: Engine[];
  let sent: string[];

  beforeEach(async () => {
    engines = [];
    sent = [];
    database = await createTestDatabase();
  });

  afterEach(async () => {
    await Promise.all(engines.map(({ manager }) => manager.stop()));
    await database.drop();
  });

  async function engine(
    handle: SubscriptionDefinition['handle'],
    definition: Partial<SubscriptionDefinition> = {},
    options: NonNullable<Parameters<typeof createEngine>[2]> = {},
  ): Promise<Engine> {
    const subscriber = { ...countedProjection(handle, SUBSCRIPTION), kind: 'subscriber' as const, ...definition };
    const one = createEngine(await database.connect(), [subscriber], options);
    engines.push(one);
    return one;
  }

  async function append({ store }: Engine, count: number): Promise<bigint> {
    let last = 0n;
    for (let n = 0; n < count; n++) last = (await store.append(`s-${n % 3}`, [new Counted(0, n)])).position;
    return last;
  }

  const send = (event: RecordedEvent): void => void sent.push(`${event.streamId}@${event.version}`);

  it('gets each event, in order, outside of any transaction', async () => {
    const one = await engine(async (event, { manager }) => {
      expect(manager).toBeUndefined();
      const idle = await one.database.dataSource.query<unknown[]>(
        "select 1 from pg_stat_activity where datname = current_database() and state = 'idle in transaction'",
      );
      expect(idle).toEqual([]);
      send(event);
    });
    const last = await append(one, 9);
    await one.manager.start();
    await one.manager.waitFor(last, { subscription: SUBSCRIPTION });
    expect(sent).toEqual([1, 2, 3].flatMap((version) => [0, 1, 2].map((stream) => `s-${stream}@${version}`)));
  });

  it('is not given again what it was done with, when a later event of the batch fails', async () => {
    let failures = 0;
    const one = await engine(
      async (event) => {
        if (event.streamId === 's-1' && event.version === 2 && failures++ < 3) throw new Error('not now');
        send(event);
      },
      {},
      { maxRetries: 10 },
    );
    const last = await append(one, 9);
    await one.manager.start();
    await one.manager.waitFor(last, { subscription: SUBSCRIPTION });
    expect(sent).toHaveLength(9);
    expect(new Set(sent).size).toBe(9);
    expect(failures).toBe(4);
  });

  it('parks what it cannot do, and does it in order when that is redriven', async () => {
    let broken = true;
    const one = await engine(
      async (event) => {
        if (broken && event.streamId === 's-1') throw new Error('no such address');
        send(event);
      },
      {},
      { maxRetries: 0 },
    );
    await one.manager.start();
    await one.manager.waitFor(await append(one, 9), { subscription: SUBSCRIPTION });
    expect(sent).toHaveLength(6);
    broken = false;
    await one.deadLetters.requestRedrive({ subscription: SUBSCRIPTION });
    await eventually(async () => (await one.deadLetters.stats()).resolved === 3);
    expect(sent.slice(6)).toEqual(['s-1@1', 's-1@2', 's-1@3']);
  });

  it('begins where it is told to, and goes on from its checkpoint later', async () => {
    const one = await engine(async (event) => send(event), { startFrom: 'end' });
    await append(one, 3);
    await one.manager.start();
    await eventually(async () => (await one.manager.status())[0]?.state === 'live');
    await one.manager.waitFor(await append(one, 3), { subscription: SUBSCRIPTION });
    expect(sent).toEqual(['s-0@2', 's-1@2', 's-2@2']);
    await one.manager.stop();
    const last = await append(one, 3);
    const again = await engine(async (event) => send(event), { startFrom: 'end' });
    await again.manager.start();
    await again.manager.waitFor(last, { subscription: SUBSCRIPTION });
    expect(sent.slice(3)).toEqual(['s-0@3', 's-1@3', 's-2@3']);
  });

  it('begins behind a position', async () => {
    const one = await engine(async (event) => send(event), { startFrom: 4n });
    const last = await append(one, 6);
    await one.manager.start();
    await one.manager.waitFor(last, { subscription: SUBSCRIPTION });
    expect(sent).toEqual(['s-1@2', 's-2@2']);
  });
});

describe('a class with @Subscriber', () => {
  @DomainEvent('parcel.sent')
  class ParcelSent {}

  it('is found and run, with the store that the app has', async () => {
    const seen: [RecordedEvent<ParcelSent>, SubscriberContext][] = [];
    @Subscriber({ name: 'mails' })
    class Mails {
      @On(ParcelSent)
      sent(event: RecordedEvent<ParcelSent>, context: SubscriberContext): void {
        seen.push([event, context]);
      }
    }
    const app = await NestFactory.createApplicationContext(
      {
        module: class App {},
        imports: [
          EventSourcingModule.forRoot({ store: 'memory' }),
          EventSourcingModule.forFeature({ events: [ParcelSent], subscribers: [Mails] }),
        ],
      },
      { logger: false },
    );
    const { position } = await app.get(EventStore).append('parcel-1', [new ParcelSent()]);
    await app.get(SubscriptionManager).waitFor(position, { subscription: 'mails' });
    expect(seen).toMatchObject([[{ streamId: 'parcel-1' }, { subscription: 'mails', partition: 0 }]]);
    expect((await app.get(SubscriptionManager).status())[0]).toMatchObject({ kind: 'subscriber' });
    await app.close();
  });

  it('is refused where it is wrong, with all that is wrong', async () => {
    @Subscriber({ name: 'a b', startFrom: 'middle' as never })
    class Mails {}
    class Undecorated {}
    const start = NestFactory.createApplicationContext(
      {
        module: class App {},
        imports: [
          EventSourcingModule.forRoot({ store: 'memory' }),
          EventSourcingModule.forFeature({ events: [ParcelSent], subscribers: [Mails, Undecorated] }),
        ],
      },
      { logger: false, abortOnError: false },
    );
    await expect(start).rejects.toMatchObject({
      problems: [
        expect.stringContaining('Undecorated is listed as a subscriber but has no @Subscriber'),
        expect.stringContaining('name of Mails: must have 1 to 100 letters'),
        expect.stringContaining("startFrom of Mails: must be 'beginning', 'end', 'checkpoint' or a position"),
        expect.stringContaining('Mails has no handler'),
      ],
    });
  });
});
