import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { EntityManager } from 'typeorm';
import { ConfigurationError } from '../../libs/event-sourcing/src/core/index.js';
import { PARTITION_OWNERSHIP, type PartitionOwnership } from '../../libs/event-sourcing/src/subscriptions/index.js';
import { countedProjection, createEngine, type Engine } from '../support/engine.js';
import { eventually } from '../support/eventually.js';
import { Counted } from '../support/postgres-store.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

const SUBSCRIPTION = 'counted';
const PARTITIONS = 6;
const STREAMS = 40;

describe('a projection with partitions', () => {
  let database: TestDatabase;
  let engines: Engine[];
  let writing: boolean;

  beforeEach(async () => {
    engines = [];
    writing = true;
    database = await createTestDatabase();
    const client = await database.client();
    await client.query('create table seen (n bigserial, event_id uuid, stream_id text, version integer)');
    await client.end();
  });

  afterEach(async () => {
    writing = false;
    await Promise.all(engines.map(({ manager }) => manager.stop()));
    await database.drop();
  });

  async function join({ partitions = PARTITIONS, leaseTtlMs = 1_500 } = {}): Promise<Engine> {
    const projection = countedProjection(async ({ id, streamId, version }, { manager }) => {
      await (manager as EntityManager).query('insert into seen (event_id, stream_id, version) values ($1, $2, $3)', [
        id,
        streamId,
        version,
      ]);
    });
    const dataSource = await database.connect({ extra: { max: 15 } });
    const one = createEngine(dataSource, [{ ...projection, partitions }], { leaseTtlMs, batchSize: 20 });
    engines.push(one);
    return one;
  }

  async function split({ leases }: Engine): Promise<number[]> {
    const owners = (await leases.list()).flatMap(({ owner }) => owner ?? []);
    return [...Map.groupBy(owners, (owner) => owner).values()].map(({ length }) => length).sort();
  }

  async function becomes(one: Engine, expected: readonly number[]): Promise<void> {
    await eventually(
      () => split(one),
      (found) => found.join() === expected.join(),
    );
  }

  async function writeUntilStopped({ store }: Engine): Promise<number> {
    let written = 0;
    while (writing) {
      const streamId = `s-${Math.floor(Math.random() * STREAMS)}`;
      await store.append(streamId, [new Counted(0, written), new Counted(1, written)]);
      written += 2;
    }
    return written;
  }

  it('loses nothing, repeats nothing and keeps the order while processes come, go and die', async () => {
    const [first, writer] = [await join(), createEngine(await database.connect(), [])];
    const writers = [writeUntilStopped(writer), writeUntilStopped(writer), writeUntilStopped(writer)];
    await first.manager.start();
    await becomes(first, [6]);
    const [second, third] = [await join(), await join()];
    await Promise.all([second.manager.start(), third.manager.start()]);
    await becomes(first, [2, 2, 2]);
    await third.manager.stop();
    await becomes(first, [3, 3]);
    // One dies: it neither renews nor leaves, and its work breaks off.
    const diedAt = performance.now();
    second.directory.heartbeat = () => Promise.reject(new Error('dead'));
    second.leases.renew = () => Promise.reject(new Error('dead'));
    second.database.transaction = () => Promise.reject(new Error('dead'));
    await becomes(first, [6]);
    expect(performance.now() - diedAt).toBeLessThan(10_000);
    writing = false;
    const written = (await Promise.all(writers)).reduce((sum, count) => sum + count);
    await first.manager.waitFor((await writer.store.horizon()).horizon, {
      subscription: SUBSCRIPTION,
      timeoutMs: 60_000,
    });

    const rows = await writer.database.dataSource.query<{ stream_id: string; version: number }[]>(
      'select stream_id, version from seen order by n',
    );
    expect(rows).toHaveLength(written);
    const versions = new Map<string, number>();
    for (const { stream_id, version } of rows) {
      expect(`${stream_id}@${version}`).toBe(`${stream_id}@${(versions.get(stream_id) ?? 0) + 1}`);
      versions.set(stream_id, version);
    }
  }, 240_000);

  it('moves no more partitions than it must when a process joins', async () => {
    const first = await join({ leaseTtlMs: 20_000 });
    const changes: PartitionOwnership['change'][] = [];
    first.instrumentation.on(PARTITION_OWNERSHIP, ({ change }) => changes.push(change));
    await first.manager.start();
    await becomes(first, [6]);
    const second = await join({ leaseTtlMs: 20_000 });
    await second.manager.start();
    await becomes(first, [3, 3]);
    const each = (change: string): number => changes.filter((found) => found === change).length;
    await eventually(() => each('acquired') === 6 && each('released') === 3);
    expect(changes).toHaveLength(9);
  });

  it('keeps the heartbeat while handlers are busy for longer than a lease lasts', async () => {
    const gate = Promise.withResolvers<void>();
    const entered = Promise.withResolvers<void>();
    const projection = countedProjection(async () => {
      entered.resolve();
      await gate.promise;
    });
    const one = createEngine(await database.connect(), [projection], { leaseTtlMs: 4_000 });
    const other = createEngine(await database.connect(), [projection], { leaseTtlMs: 4_000 });
    engines.push(one, other);
    await one.store.append('s-1', [new Counted(0, 0)]);
    await one.manager.start();
    await entered.promise;
    await other.manager.start();
    const heartbeats = { count: 0 };
    const { renew } = one.leases;
    one.leases.renew = (...args) => {
      heartbeats.count++;
      return renew.apply(one.leases, args);
    };
    await eventually(() => heartbeats.count >= 4);
    expect(await one.leases.list()).toMatchObject([{ epoch: 1n }]);
    gate.resolve();
    await one.manager.waitFor(1n, { subscription: SUBSCRIPTION });
    expect(await one.leases.list()).toMatchObject([{ epoch: 1n }]);
  });

  it('is paused and resumed in all processes, wherever that is said, and over restarts', async () => {
    const [first, second] = [await join(), await join()];
    await Promise.all([first.manager.start(), second.manager.start()]);
    await becomes(first, [3, 3]);
    await first.manager.pause(SUBSCRIPTION, 'the tax table is wrong');
    await becomes(first, []);
    await second.store.append('s-1', [new Counted(0, 0)]);
    const third = await join();
    await third.manager.start();
    const paused = { state: 'paused', pausedReason: 'the tax table is wrong' };
    for (const { manager } of [first, second, third]) {
      await eventually(async () => (await manager.status())[0]?.state === 'paused');
      expect((await manager.status())[0]).toMatchObject(paused);
    }
    const waited = first.manager.waitFor(1n, { subscription: SUBSCRIPTION, timeoutMs: 50 });
    await expect(waited).rejects.toMatchObject({ code: 'WAIT_TIMEOUT' });
    await third.manager.resume(SUBSCRIPTION);
    await third.manager.waitFor(1n, { subscription: SUBSCRIPTION });
    await becomes(first, [2, 2, 2]);
    await expect(first.manager.pause('other', 'x')).rejects.toThrow(/known are 'counted'/);
    await expect(first.manager.pause(SUBSCRIPTION, ' ')).rejects.toThrow(/Say why/);
  });

  it('refuses another number of partitions under the same name, and says what to do', async () => {
    const first = await join({ partitions: 4 });
    await first.manager.start();
    await eventually(
      () => first.leases.list(),
      (leases) => leases.length === 4,
    );
    await first.manager.stop();
    const second = await join({ partitions: 2 });
    const refused: unknown = await second.manager.start().catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(ConfigurationError);
    expect((refused as ConfigurationError).message).toMatch(/has 2 partitions and first ran with 4.*new name/);
    expect(await second.leases.list()).toHaveLength(4);
  });
});
