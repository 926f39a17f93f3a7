import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { TypeOrmModule } from '@nestjs/typeorm';
import {
  ConfigurationError,
  DomainEvent,
  EventSourcingModule,
  EventStore,
  On,
  Subscriber,
  SubscriptionManager,
} from '@tidemark/event-sourcing';
import type { SubscriptionsOptions } from '../../libs/event-sourcing/src/subscriptions/index.js';
import { countedProjection, createEngine, type Engine } from '../support/engine.js';
import { eventually } from '../support/eventually.js';
import { Counted } from '../support/postgres-store.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

@DomainEvent('post.sent')
class Sent {
  constructor(readonly n: number) {}
}

@Subscriber({ name: 'postmen' })
class Postmen {
  readonly handled: number[] = [];

  @On(Sent)
  sent({ data }: { data: Sent }): void {
    this.handled.push(data.n);
  }
}

describe('kinds of processes', () => {
  let database: TestDatabase;
  let engines: Engine[];
  let warnings: string[];

  beforeEach(async () => {
    engines = [];
    warnings = [];
    database = await createTestDatabase();
  });

  afterEach(async () => {
    await Promise.all(engines.map(({ manager }) => manager.stop()));
    await database.drop();
  });

  /** A process, not started, with a projection of each name; what it warns of is collected. */
  async function join(
    names: readonly string[],
    options: SubscriptionsOptions = {},
    handle = async () => undefined,
  ): Promise<Engine> {
    const definitions = names.map((name) => ({ ...countedProjection(handle, name), partitions: 2 }));
    const one = createEngine(await database.connect(), definitions, { leaseTtlMs: 1_500, maxRetries: 0, ...options });
    const ignore = (): void => undefined;
    Logger.overrideLogger({ log: ignore, error: ignore, warn: (line: string) => void warnings.push(line) });
    engines.push(one);
    return one;
  }

  async function owners({ leases }: Engine): Promise<Record<string, number>> {
    const held = (await leases.list()).filter(({ owner }) => owner !== undefined);
    const counts: Record<string, number> = {};
    for (const [name, own] of Map.groupBy(held, ({ subscription }) => subscription)) {
      counts[name] = new Set(own.map(({ owner }) => owner)).size;
    }
    return counts;
  }

  const statesOf = async ({ manager }: Engine) => (await manager.status()).map(({ name, state }) => [name, state]);

  async function startApp(workers: boolean) {
    const imports = [
      TypeOrmModule.forRoot({ type: 'postgres', url: database.url }),
      EventSourcingModule.forRoot({ workers }),
      EventSourcingModule.forFeature({ events: [Sent], subscribers: [Postmen] }),
    ];
    return NestFactory.createApplicationContext(
      { module: class App {}, imports },
      { logger: false, abortOnError: false },
    );
  }

  it('with workers: false it runs nothing and still waits for what other processes do', async () => {
    const [web, client] = [await startApp(false), await database.client()];
    const { position } = await web.get(EventStore).append('post-1', [new Sent(1)]);
    const options = { subscription: 'postmen', timeoutMs: 200 };
    const waited = web.get(SubscriptionManager).waitFor(position, options);
    await expect(waited).rejects.toMatchObject({ code: 'WAIT_TIMEOUT' });
    const traces = `select (select count(*)::int from tidemark.members) as members, (select count(*)::int from tidemark.leases) as leases,
      (select count(*)::int from tidemark.checkpoints) as checkpoints, (select count(*)::int from tidemark.subscriptions) as subscriptions`;
    expect((await client.query(traces)).rows).toEqual([{ members: 0, leases: 0, checkpoints: 0, subscriptions: 0 }]);

    const worker = await startApp(true);
    await web.get(SubscriptionManager).waitFor(position, { ...options, timeoutMs: 60_000 });
    expect(worker.get(Postmen, { strict: false }).handled).toEqual([1]);
    expect(web.get(Postmen, { strict: false }).handled).toEqual([]);
    expect((await client.query(traces)).rows).toMatchObject([{ members: 1, leases: 1 }]);
    expect(await web.get(SubscriptionManager).status()).toMatchObject([{ state: 'stopped', position }]);
    await worker.close();
    await web.close();
    await client.end();
  });

  it('with only it runs those, shows the others as stopped where they are, and counts for its own in the division', async () => {
    const [a, b] = [await join(['one', 'two'], { only: ['one'] }), await join(['one', 'two'], { only: ['two'] })];
    await Promise.all([a.manager.start(), b.manager.start()]);
    const { position } = await a.store.append('s-1', [new Counted(0, 0)]);
    for (const { manager } of [a, b]) {
      for (const subscription of ['one', 'two']) await manager.waitFor(position, { subscription });
    }
    await eventually(async () => (await statesOf(a)).join() === 'one,live,two,stopped');
    expect(await statesOf(b)).toEqual([
      ['one', 'stopped'],
      ['two', 'live'],
    ]);
    expect((await a.manager.status()).map((one) => one.position)).toEqual([position, position]);
    expect(await owners(a)).toEqual({ one: 1, two: 1 });
    const members = await a.directory.heartbeat({ owner: 'probe', subscriptions: [] }, 1);
    expect(members.flatMap(({ subscriptions }) => subscriptions).sort()).toEqual(['one', 'two']);

    const c = await join(['one', 'two']);
    await c.manager.start();
    await eventually(async () => Object.values(await owners(c)).join() === '2,2');
    expect(warnings).toEqual([]);
  });

  it.each<[readonly string[], RegExp]>([
    [['one', 'tow'], /'only' names the subscription 'tow', which this app does not have; known are 'one', 'two'\./],
    [['x', 'y'], /2 things are wrong:\n.*'x'.*\n.*'y'/],
    [[], /'only' names no subscription/],
  ])('refuses only: %j', async (only, message) => {
    const one = await join(['one', 'two'], { only });
    const refused: unknown = await one.manager.start().catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(ConfigurationError);
    expect((refused as Error).message).toMatch(message);
    expect([...(await one.directory.controls()).keys()]).toEqual([]);
  });

  it.each([
    [{ only: [] }, /subscriptions\.only/],
    [{ assignment: { index: 2, total: 2 } }, /subscriptions\.assignment.*index from 0 to total - 1/],
    [{ assignment: 'manual' }, /subscriptions\.assignment.*must be 'automatic' or/],
  ])('refuses the options %j', async (subscriptions, message) => {
    const root = EventSourcingModule.forRoot({ store: 'memory', subscriptions: subscriptions as SubscriptionsOptions });
    const start = NestFactory.createApplicationContext(
      { module: class App {}, imports: [root] },
      { logger: false, abortOnError: false },
    );
    await expect(start).rejects.toThrow(message);
  });

  it('warns in one line of recorded subscriptions that are in no code and run nowhere', async () => {
    const failing = async () => {
      throw new TypeError('cannot');
    };
    const before = await join(['renamed', 'removed', 'kept'], {}, failing);
    await before.manager.start();
    const { position } = await before.store.append('s-1', [new Counted(0, 0)]);
    await before.manager.waitFor(position, { subscription: 'renamed', timeoutMs: 60_000 });
    await before.manager.waitFor(position, { subscription: 'kept', timeoutMs: 60_000 });
    // As while a rolling update is under way: the old release still runs them.
    const during = await join(['new-name', 'kept']);
    await during.manager.start();
    expect(warnings).toEqual([]);
    await before.manager.waitFor(position, { subscription: 'removed', timeoutMs: 60_000 });
    await before.manager.stop();
    await during.manager.stop();
    warnings.length = 0;

    const after = await join(['new-name', 'kept'], { only: ['new-name'] });
    await after.deadLetters.close((await letterOf(after, 'removed')).id, 'discarded');
    await after.manager.start();
    await after.manager.start();
    expect(warnings).toEqual([
      "Subscriptions that are recorded, that this app does not have and that no living process runs: 'removed', 'renamed' " +
        '(open dead letters: 1). If one was removed: its checkpoint and dead letters stay, and nothing handles them. If it ' +
        'was renamed: it begins anew under its new name. If it belongs to another app: start that',
    ]);
    expect((await after.checkpoints.list('renamed')).map((one) => one.position)).toEqual([position, position]);
  });

  async function letterOf({ deadLetters }: Engine, subscription: string) {
    const [letter] = (await deadLetters.list({ subscription }, undefined, 10)).letters;
    if (letter === undefined) throw new Error(`${subscription} has no dead letter`);
    return letter;
  }
});
