import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Logger } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { ConfigurationError } from '../../libs/event-sourcing/src/core/index.js';
import type { SubscriptionsOptions } from '../../libs/event-sourcing/src/subscriptions/index.js';
import { countedProjection, createEngine, type Engine } from '../support/engine.js';
import { eventually } from '../support/eventually.js';
import { Counted } from '../support/postgres-store.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

const SUBSCRIPTION = 'counted';
const PARTITIONS = 8;
const STREAMS = 40;
const TTL_MS = 1_500;

type Assignment = SubscriptionsOptions['assignment'];

describe('a static assignment', () => {
  let database: TestDatabase;
  let engines: Engine[];
  let writing: boolean;
  let written: number;

  beforeEach(async () => {
    engines = [];
    writing = true;
    written = 0;
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

  /** A process, not started. */
  async function join(assignment: Assignment, name = SUBSCRIPTION): Promise<Engine> {
    const projection = countedProjection(async ({ id, streamId, version }, { manager }) => {
      const values = [id, streamId, version];
      await (manager as EntityManager).query(
        'insert into seen (event_id, stream_id, version) values ($1, $2, $3)',
        values,
      );
    }, name);
    const dataSource = await database.connect({ extra: { max: 8 } });
    const definition = { ...projection, partitions: PARTITIONS };
    const one = createEngine(dataSource, [definition], { assignment, leaseTtlMs: TTL_MS, batchSize: 20 });
    engines.push(one);
    return one;
  }

  const joinAll = (total: number): Promise<Engine[]> =>
    Promise.all(Array.from({ length: total }, (_, index) => join({ index, total })));

  /** Which partitions each of the owners works on, least first. */
  async function shares({ leases }: Engine): Promise<number[][]> {
    const held = (await leases.list()).filter(({ owner }) => owner !== undefined);
    const shares = [...Map.groupBy(held, ({ owner }) => owner).values()];
    return shares
      .map((share) => share.map(({ partition }) => partition))
      .sort((a, b) => (a.join() < b.join() ? -1 : 1));
  }

  async function becomes(one: Engine, expected: readonly number[][]): Promise<void> {
    await eventually(
      async () => JSON.stringify(await shares(one)),
      (found) => found === JSON.stringify(expected),
    );
  }

  const refusalOf = async ({ manager }: Engine): Promise<unknown> =>
    manager.start().then(String, (error: unknown) => error);

  async function writeUntilStopped({ store }: Engine): Promise<void> {
    while (writing) {
      const streamId = `s-${Math.floor(Math.random() * STREAMS)}`;
      await store.append(streamId, [new Counted(0, written), new Counted(1, written)]);
      written += 2;
    }
  }

  it('loses nothing and repeats nothing when four processes become two under load', async () => {
    const writer = createEngine(await database.connect(), []);
    const writers = [writeUntilStopped(writer), writeUntilStopped(writer)];
    const four = await joinAll(4);
    await Promise.all(four.map(({ manager }) => manager.start()));
    await becomes(writer, [
      [0, 4],
      [1, 5],
      [2, 6],
      [3, 7],
    ]);
    await eventually(() => written > 600, Boolean, 30_000);
    // As a rolling update begins: one comes with the new total while the others still run.
    const [early] = await joinAll(2);
    const refused = await refusalOf(early!);
    expect(refused).toBeInstanceOf(ConfigurationError);
    expect(refused).toMatchObject({ problems: { length: 4 } });
    expect((refused as Error).message).toMatch(
      /number 0 of 2, .*'test\/[\w-]+', .*'counted'.* number \d of 4.*stop all processes .*restart of all loses nothing/,
    );
    await Promise.all(four.map(({ manager }) => manager.stop()));
    expect(await shares(writer)).toEqual([]);
    const two = await joinAll(2);
    await Promise.all(two.map(({ manager }) => manager.start()));
    await becomes(writer, [
      [0, 2, 4, 6],
      [1, 3, 5, 7],
    ]);
    const restarted = written;
    await eventually(() => written > restarted + 600, Boolean, 30_000);
    writing = false;
    await Promise.all(writers);
    const position = (await writer.store.horizon()).horizon;
    await two[0]!.manager.waitFor(position, { subscription: SUBSCRIPTION, timeoutMs: 60_000 });

    const rows = await writer.database.dataSource.query<{ event_id: string; stream_id: string; version: number }[]>(
      'select event_id, stream_id, version from seen order by n',
    );
    const different = new Set(rows.map(({ event_id }) => event_id)).size;
    process.stdout.write(
      `static 4 to 2 under load: ${written} written, ${written - different} lost, ${rows.length - different} twice\n`,
    );
    expect({ lost: written - different, twice: rows.length - different }).toEqual({ lost: 0, twice: 0 });
    const versions = new Map<string, number>();
    for (const { stream_id, version } of rows) {
      expect(`${stream_id}@${version}`).toBe(`${stream_id}@${(versions.get(stream_id) ?? 0) + 1}`);
      versions.set(stream_id, version);
    }
  }, 240_000);

  it('refuses at least one of two that come with different totals at the same time', async () => {
    for (let round = 0; round < 15; round++) {
      const name = `together-${round}`;
      const both = await Promise.all([join({ index: 0, total: 2 }, name), join({ index: 1, total: 3 }, name)]);
      const ends = await Promise.allSettled(both.map(({ manager }) => manager.start()));
      const refused = ends.filter((end) => end.status === 'rejected');
      expect(refused.length).toBeGreaterThan(0);
      for (const { reason } of refused) expect(reason).toBeInstanceOf(ConfigurationError);
      await Promise.all(
        both.map(({ manager, database: { dataSource } }) => manager.stop().then(() => dataSource.destroy())),
      );
    }
  }, 240_000);

  it.each<[Assignment, Assignment]>([
    ['automatic', { index: 0, total: 2 }],
    [{ index: 0, total: 2 }, 'automatic'],
  ])('does not mix: %j runs, %j is refused until it has gone', async (first, second) => {
    const [running, late] = [await join(first), await join(second)];
    await running.manager.start();
    expect(await refusalOf(late)).toBeInstanceOf(ConfigurationError);
    // What was refused is no member, and runs nothing.
    const [members] = await running.database.dataSource.query<object[]>('select count(*)::int from tidemark.members');
    expect(members).toEqual({ count: 1 });
    expect((await late.manager.status())[0]?.state).toBe('stopped');
    await running.manager.stop();
    await late.manager.start();
    await eventually(async () => (await shares(late)).length === 1);
  });

  it('leaves those alone that run other subscriptions', async () => {
    const [one, other] = [await join({ index: 0, total: 2 }), await join('automatic', 'another')];
    await one.manager.start();
    await other.manager.start();
    await becomes(one, [
      [0, 1, 2, 3, 4, 5, 6, 7],
      [0, 2, 4, 6],
    ]);
  });

  it('lets the successor of one that was killed start at once, and the lease decides when it works', async () => {
    const one = await join({ index: 1, total: 2 });
    await one.manager.start();
    await becomes(one, [[1, 3, 5, 7]]);
    one.directory.heartbeat = () => Promise.reject(new Error('dead'));
    one.directory.leave = () => Promise.reject(new Error('dead'));
    one.leases.renew = () => Promise.reject(new Error('dead'));
    const successor = await join({ index: 1, total: 2 });
    await successor.manager.start();
    const owners = async () => new Set((await successor.leases.list()).map(({ owner }) => owner));
    const before = await owners();
    expect(before.size).toBe(1);
    await eventually(
      async () => ![...(await owners())].some((owner) => before.has(owner)) && (await shares(successor)).length === 1,
    );
    await becomes(successor, [[1, 3, 5, 7]]);
  });

  it('tells of one that comes back after it was thought dead, and finds another total in use', async () => {
    const warnings: string[] = [];
    const [one, other] = [await join({ index: 0, total: 2 }), await join({ index: 0, total: 3 })];
    collectWarnings(warnings);
    await one.manager.start();
    const { heartbeat } = one.directory;
    one.directory.heartbeat = () => Promise.reject(new Error('cut off'));
    await eventually(async () => (await refusalOf(other)) === 'undefined');
    one.directory.heartbeat = heartbeat;
    const told = (line: RegExp) => warnings.some((warning) => line.test(warning));
    await eventually(() => told(/is number 0 of 2, but '.*' is number 0 of 3: partitions may be left out/));
    await eventually(() => told(/is number 0 of 3, but '.*' is number 0 of 2: partitions may be left out/));
  });

  it('tells of partitions that fall to no process, once', async () => {
    const warnings: string[] = [];
    const one = await join({ index: 0, total: 3 });
    collectWarnings(warnings);
    await one.manager.start();
    const gaps = () => warnings.filter((line) => line.includes('no process works on'));
    await eventually(() => gaps().length > 0);
    expect(gaps()).toEqual([
      "Partitions that no process works on, because processes with these numbers are not there: number 1 of 3 ('counted': 1, 4, 7); " +
        "number 2 of 3 ('counted': 2, 5)",
    ]);
    expect((await one.manager.status())[0]?.partitions.filter(({ owner }) => owner === undefined)).toHaveLength(5);
    const other = await join({ index: 1, total: 3 });
    collectWarnings(warnings);
    await other.manager.start();
    await eventually(() => gaps().some((line) => !line.includes('number 1 of 3')));
    expect(gaps().at(-1)).toMatch(/not there: number 2 of 3 \('counted': 2, 5\)$/);
  });
});

function collectWarnings(into: string[]): void {
  const ignore = (): void => undefined;
  Logger.overrideLogger({ log: ignore, error: ignore, warn: (line: string) => void into.push(line) });
}
