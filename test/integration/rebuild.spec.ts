import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { EntityManager } from 'typeorm';
import { ConfigurationError, type RecordedEvent } from '../../libs/event-sourcing/src/core/index.js';
import { DEAD_LETTER_STATE_CHANGED } from '../../libs/event-sourcing/src/dead-letter-queue/index.js';
import type {
  DeliveryContext,
  RebuildProgress,
  SubscriptionDefinition,
  SubscriptionsOptions,
} from '../../libs/event-sourcing/src/subscriptions/index.js';
import { countedProjection, createEngine, type Engine } from '../support/engine.js';
import { eventually } from '../support/eventually.js';
import { Counted } from '../support/postgres-store.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

const SUBSCRIPTION = 'counted';

interface Seen {
  readonly stream_id: string;
  readonly version: number;
  readonly shape: string;
}

describe('a rebuild', () => {
  let database: TestDatabase;
  let engines: Engine[];

  beforeEach(async () => {
    engines = [];
    database = await createTestDatabase();
    const client = await database.client();
    await client.query(
      'create table seen (n bigserial, event_id uuid primary key, stream_id text, version integer, shape text)',
    );
    await client.end();
  });

  afterEach(async () => {
    await Promise.all(engines.map(({ manager }) => manager.stop()));
    await database.drop();
  });

  /** A projection that writes a row per event, of a shape; a second time is a unique violation. */
  function seeing(shape: string, parts: Partial<SubscriptionDefinition> = {}): SubscriptionDefinition {
    const handle = async (event: RecordedEvent, { manager }: DeliveryContext): Promise<void> => {
      await (manager as EntityManager).query(
        'insert into seen (event_id, stream_id, version, shape) values ($1, $2, $3, $4)',
        [event.id, event.streamId, event.version, shape],
      );
    };
    const reset = async (manager: EntityManager | undefined): Promise<void> => {
      await manager?.query('truncate seen');
    };
    return { ...countedProjection(handle, SUBSCRIPTION), reset, ...parts };
  }

  async function run(definition: SubscriptionDefinition, options: SubscriptionsOptions = {}): Promise<Engine> {
    const engine = createEngine(await database.connect(), [definition], { leaseTtlMs: 1_000, ...options });
    engines.push(engine);
    return engine;
  }

  async function append({ store }: Engine, streams: number, each: number): Promise<bigint> {
    let last = 0n;
    for (let stream = 0; stream < streams; stream++) {
      const events = Array.from({ length: each }, (_, n) => new Counted(stream, n));
      last = (await store.append(`count-${stream}`, events)).position;
    }
    return last;
  }

  async function seen(): Promise<Seen[]> {
    const client = await database.client();
    const { rows } = await client.query<Seen>('select stream_id, version, shape from seen order by n');
    await client.end();
    return rows;
  }

  /** Every event once, and each stream in order. */
  async function expectFold(streams: number, each: number, shape: string): Promise<void> {
    const rows = await seen();
    expect(rows).toHaveLength(streams * each);
    expect(new Set(rows.map((row) => row.shape))).toEqual(new Set([shape]));
    for (let stream = 0; stream < streams; stream++) {
      const versions = rows.filter((row) => row.stream_id === `count-${stream}`).map(({ version }) => version);
      expect(versions).toEqual(Array.from({ length: each }, (_, n) => n + 1));
    }
  }

  it('handles every event again on an emptied read model, and says how far it is', async () => {
    const one = await run(seeing('a'), { batchSize: 7 });
    await one.manager.start();
    const last = await append(one, 10, 10);
    await one.manager.waitFor(last, { subscription: SUBSCRIPTION });
    expect((await one.manager.status())[0]).toMatchObject({ handled: 100n, rebuild: undefined });
    const client = await database.client();
    await client.query(`update seen set shape = 'wrong'`);
    await client.end();

    const shown: RebuildProgress[] = [];
    const end = await one.manager.rebuild(SUBSCRIPTION, { onProgress: (progress) => shown.push(progress) });
    expect(end).toMatchObject({ phase: 'finished', done: 100n, total: 100n, secondsLeft: 0 });
    expect(end.ratePerSecond).toBeGreaterThan(0);
    expect(shown.at(-1)).toMatchObject({ done: 100n, total: 100n });
    expect((await one.manager.status())[0]).toMatchObject({ handled: 100n, rebuild: { phase: 'finished' } });
    await expectFold(10, 10, 'a');
    // It goes on as before.
    const later = await append(one, 1, 1).then(() => append(one, 2, 1));
    await one.manager.waitFor(later, { subscription: SUBSCRIPTION });
    expect(await seen()).toHaveLength(103);
  });

  it('loses and repeats nothing under load and over processes, whoever is in the middle of a batch', async () => {
    const definition = seeing('a', { partitions: 4 });
    const [one, two] = [await run(definition, { batchSize: 5 }), await run(definition, { batchSize: 5 })];
    await Promise.all([one.manager.start(), two.manager.start()]);
    const rebuilds = { count: 0 };
    const rebuilding = (async () => {
      while (rebuilds.count < 3) {
        await one.manager.rebuild(SUBSCRIPTION);
        rebuilds.count += 1;
      }
    })();
    let rounds = 0;
    while (rebuilds.count < 3) {
      await append(rounds % 2 === 0 ? one : two, 8, 3);
      rounds += 1;
    }
    await rebuilding;
    await one.manager.waitFor(await one.store.headPosition(), { subscription: SUBSCRIPTION, timeoutMs: 60_000 });
    await expectFold(8, 3 * rounds, 'a');
  });

  it('is done once, by itself, when a new version starts, with its own number of partitions; the old version leaves it alone', async () => {
    const old = await run(seeing('old', { partitions: 2 }), { batchSize: 3 });
    await old.manager.start();
    await old.manager.waitFor(await append(old, 6, 5), { subscription: SUBSCRIPTION });
    await expectFold(6, 5, 'old');

    const next = await run(seeing('new', { version: 2, partitions: 3 }));
    await next.manager.start();
    await eventually(async () => (await next.manager.status())[0]?.rebuild?.phase === 'finished');
    await next.manager.waitFor(await append(next, 6, 1), { subscription: SUBSCRIPTION });
    await eventually(async () => (await old.manager.status())[0]?.state === 'standby');
    await expectFold(6, 6, 'new');
    expect(await next.checkpoints.list(SUBSCRIPTION)).toHaveLength(3);

    // An old process that starts again, as in a rolling update, is no reason to build anything, and handles nothing.
    await old.manager.stop();
    await old.manager.start();
    const again = await run(seeing('new', { version: 2, partitions: 3 }));
    await again.manager.start();
    await next.manager.stop();
    await again.manager.waitFor(await append(again, 6, 1), { subscription: SUBSCRIPTION, timeoutMs: 60_000 });
    await expectFold(6, 7, 'new');
  });

  it('closes the open dead letters, whose events it handles again', async () => {
    let poison = true;
    const definition = seeing('a');
    const handle: SubscriptionDefinition['handle'] = async (event, context) => {
      if (poison && event.version === 2) throw new Error('poison');
      await definition.handle(event, context);
    };
    const one = await run({ ...definition, handle }, { maxRetries: 0 });
    await one.manager.start();
    await one.manager.waitFor(await append(one, 2, 4), { subscription: SUBSCRIPTION });
    expect(await seen()).toHaveLength(2);
    expect((await one.deadLetters.stats()).parked).toBe(6);
    poison = false;
    const closed: unknown[] = [];
    one.instrumentation.on(DEAD_LETTER_STATE_CHANGED, (change) => closed.push(change));
    await one.manager.rebuild(SUBSCRIPTION);
    expect(closed).toEqual([{ state: 'discarded', count: 6, subscription: SUBSCRIPTION, deadLetterId: undefined }]);
    await expectFold(2, 4, 'a');
    expect(await one.deadLetters.stats()).toMatchObject({ parked: 0, redriving: 0, discarded: 6 });
  });

  it('leaves everything as it was where the reset fails, and tells whoever asked', async () => {
    let failing = true;
    const reset = async (manager: EntityManager | undefined): Promise<void> => {
      await manager?.query('truncate seen');
      if (failing) throw new Error('no such luck');
    };
    const one = await run(seeing('a', { reset }));
    await one.manager.start();
    await one.manager.waitFor(await append(one, 2, 2), { subscription: SUBSCRIPTION });
    const before = (await one.manager.status())[0];
    await expect(one.manager.rebuild(SUBSCRIPTION)).rejects.toThrow('no such luck');
    await expectFold(2, 2, 'a');
    const { position, handled } = before ?? {};
    expect((await one.manager.status())[0]).toMatchObject({ position, handled, rebuild: undefined });
    // It goes on.
    await one.manager.waitFor(await append(one, 2, 1), { subscription: SUBSCRIPTION });
    await expectFold(2, 3, 'a');
    failing = false;
    expect(await one.manager.rebuild(SUBSCRIPTION)).toMatchObject({ phase: 'finished', done: 6n });
    await expectFold(2, 3, 'a');
  });

  it('goes on in another process where the one that waits for it ends', async () => {
    const gate = Promise.withResolvers<void>();
    const definition = seeing('a');
    const slow: SubscriptionDefinition['handle'] = async (event, context) => {
      await gate.promise;
      await definition.handle(event, context);
    };
    const one = await run({ ...definition, handle: slow });
    const asking = await run(definition);
    await append(one, 2, 2);
    await one.manager.start();
    const waiting = new AbortController();
    const asked = asking.manager.rebuild(SUBSCRIPTION, { signal: waiting.signal });
    await eventually(async () => (await one.manager.status())[0]?.rebuild?.phase === 'running');
    waiting.abort(new Error('gone'));
    await expect(asked).rejects.toThrow();
    gate.resolve();
    await eventually(async () => (await one.manager.status())[0]?.rebuild?.phase === 'finished');
    await expectFold(2, 2, 'a');
  });

  it('is refused where it cannot be, and says why', async () => {
    const { reset: _reset, ...unresettable } = seeing('a');
    const one = await run(unresettable);
    await one.manager.start();
    await expect(one.manager.rebuild(SUBSCRIPTION)).rejects.toThrow(/has no reset\(manager\) method/);
    await expect(one.manager.rebuild('other')).rejects.toThrow(/known are 'counted'/);
    const raised: unknown = await (
      await run({ ...unresettable, version: 2 })
    ).manager
      .start()
      .catch((error: unknown) => error);
    expect(raised).toBeInstanceOf(ConfigurationError);
    expect((raised as Error).message).toMatch(/raised from version 1 to 2.*reset\(manager\)/);
    expect((await one.directory.controls()).get(SUBSCRIPTION)).toMatchObject({ version: 1, rebuild: undefined });
    await one.manager.pause(SUBSCRIPTION, 'being looked at');
    const two = await run(seeing('a'));
    await expect(two.manager.rebuild(SUBSCRIPTION)).rejects.toMatchObject({
      code: 'SUBSCRIPTION_HALTED',
      reason: 'paused',
      detail: 'being looked at',
    });
    expect((await one.directory.controls()).get(SUBSCRIPTION)?.rebuild).toBe(undefined);
  });

  it.each(['end', 'checkpoint', 'beginning'] as const)(
    'skips nothing of a subscriber that begins at %s, though it had not come to the end',
    async (startFrom) => {
      const sent: number[] = [];
      const handle: SubscriptionDefinition['handle'] = async ({ version }) => void sent.push(version);
      const definition = { ...countedProjection(handle, SUBSCRIPTION), kind: 'subscriber', startFrom } as const;
      const first = await run({ ...definition, startFrom: 'beginning' });
      await first.manager.start();
      await first.manager.waitFor(await append(first, 1, 2), { subscription: SUBSCRIPTION });
      await first.manager.stop();
      await append(first, 1, 2);
      const one = await run(definition);
      await one.manager.start();
      await one.manager.rebuild(SUBSCRIPTION, { replaySideEffects: true });
      expect(sent.slice(-4)).toEqual([1, 2, 3, 4]);
    },
  );

  it('repeats the side effects of a subscriber only where that is said', async () => {
    const sent: string[] = [];
    const handle: SubscriptionDefinition['handle'] = async ({ id }) => void sent.push(id);
    const one = await run({ ...countedProjection(handle, SUBSCRIPTION), kind: 'subscriber' });
    await one.manager.start();
    await one.manager.waitFor(await append(one, 1, 3), { subscription: SUBSCRIPTION });
    await expect(one.manager.rebuild(SUBSCRIPTION)).rejects.toThrow(/set replaySideEffects/);
    expect(sent).toHaveLength(3);
    await one.manager.rebuild(SUBSCRIPTION, { replaySideEffects: true });
    expect(sent).toHaveLength(6);
    expect(sent.slice(3)).toEqual(sent.slice(0, 3));
  });
});
