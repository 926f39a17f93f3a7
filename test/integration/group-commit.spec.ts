import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import type { DataSource } from 'typeorm';
import { NewEvent } from '../../libs/event-sourcing/src/core/index.js';
import { isConnectionError } from '../../libs/event-sourcing/src/database/index.js';
import {
  AppendQueueFullError,
  type AppendResult,
  ConcurrencyError,
  DuplicateEventError,
  type GroupCommitOptions,
} from '../../libs/event-sourcing/src/event-store/index.js';
import { eventually } from '../support/eventually.js';
import { Counted, createPostgresStore, type PostgresStore } from '../support/postgres-store.js';
import { createTcpProxy } from '../support/tcp-proxy.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

let database: TestDatabase;
let dataSource: DataSource;
let run = 0;

beforeAll(async () => {
  database = await createTestDatabase();
  dataSource = await database.connect({ extra: { max: 10 } });
});

afterAll(() => database.drop());

beforeEach(() => {
  run += 1;
});

const storeWith = (groupCommit?: GroupCommitOptions | false): PostgresStore =>
  createPostgresStore(dataSource, { groupCommit });
const stream = (n: number | string): string => `run${run}-${n}`;
const times = <T>(count: number, make: (n: number) => T): T[] => Array.from({ length: count }, (_, n) => make(n));

/** How many events each transaction of this test wrote, in the order of their positions. */
async function transactions(): Promise<number[]> {
  const rows = await dataSource.query<{ events: number }[]>(
    `select count(*)::int as events from tidemark.events where category = $1 group by xmin order by min(position)`,
    [`run${run}`],
  );
  return rows.map(({ events }) => events);
}

describe('appends that are under way at the same time', () => {
  it('are stored together, each with its own result', async () => {
    const { store } = storeWith();
    const results = await Promise.all(
      times(60, (n) =>
        store.append(
          stream(n),
          times(1 + (n % 3), (k) => new Counted(n, k)),
        ),
      ),
    );
    // The first found nobody under way; all others came while it was.
    expect(await transactions()).toEqual([1, 119]);
    for (const [n, { streamId, version, position, firstPosition }] of results.entries()) {
      const found = [];
      for await (const event of store.readStream(streamId)) found.push(event);
      expect(found.map(({ version: at, data }) => [at, data])).toEqual(
        times(1 + (n % 3), (k) => [k + 1, { writer: n, n: k }]),
      );
      expect([streamId, version]).toEqual([stream(n), found.length]);
      expect([firstPosition, position]).toEqual([found[0]?.position, found.at(-1)?.position]);
    }
  });

  it('go one by one where it is switched off', async () => {
    const { store } = storeWith(false);
    await Promise.all(times(12, (n) => store.append(stream(n), [new Counted(n, 0)])));
    expect(await transactions()).toEqual(Array(12).fill(1));
  });

  it('go together again and again while the same callers append', async () => {
    const { store } = storeWith();
    const rounds = 20;
    await Promise.all(
      times(16, async (n) => {
        for (let round = 0; round < rounds; round++) await store.append(stream(n), [new Counted(n, round)]);
      }),
    );
    const sizes = await transactions();
    expect(sizes.reduce((sum, size) => sum + size)).toBe(16 * rounds);
    // 16 at a time but for the first; a few may miss a departure.
    expect(sizes.length).toBeLessThan(3 * rounds);
  });

  it('go in two halves by turns where they are many', async () => {
    const { store } = storeWith();
    const [callers, rounds] = [128, 8];
    await Promise.all(
      times(callers, async (n) => {
        for (let round = 0; round < rounds; round++) await store.append(stream(n), [new Counted(n, round)]);
      }),
    );
    const sizes = await transactions();
    expect(sizes.reduce((sum, size) => sum + size)).toBe(callers * rounds);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(callers / 2);
    // Two for each round, but for the first; a few may miss a departure.
    expect(sizes.length).toBeLessThan(4 * rounds);
  });

  it('keep the order of the calls within a stream', async () => {
    const { store } = storeWith();
    const results = await Promise.all(times(40, (n) => store.append(stream(n % 4), [new Counted(0, n)])));
    expect(results.map(({ version }) => version)).toEqual(times(40, (n) => Math.floor(n / 4) + 1));
    expect((await transactions()).length).toBeLessThan(20);
  });

  it('are divided by the limits of a batch', async () => {
    const { store } = storeWith({ maxEvents: 10 });
    await Promise.all(times(45, (n) => store.append(stream(n), [new Counted(n, 0), new Counted(n, 1)])));
    expect(Math.max(...(await transactions()))).toBe(10);
    const { store: other } = storeWith({ maxEvents: 2 });
    run += 1;
    await Promise.all(
      times(3, (n) =>
        other.append(
          stream(n),
          times(5, (k) => new Counted(n, k)),
        ),
      ),
    );
    expect(await transactions()).toEqual([5, 5, 5]);
  });

  it('fail alone: a conflict, an id that is recorded elsewhere, an id that two of them have', async () => {
    const { store } = storeWith();
    const used = randomUUID();
    await store.append(stream('used'), [new NewEvent(new Counted(0, 0), { id: used })]);
    const shared = randomUUID();
    const sound = times(20, (n) => store.append(stream(n), [new Counted(n, 0)], { expectedVersion: 'noStream' }));
    const conflict = store.append(stream('conflict'), [new Counted(0, 0)], { expectedVersion: 3 });
    const duplicate = store.append(stream('duplicate'), [new NewEvent(new Counted(0, 0), { id: used })]);
    const twins = times(2, (n) => store.append(stream(`twin-${n}`), [new NewEvent(new Counted(0, n), { id: shared })]));
    const settled = await Promise.allSettled([conflict, duplicate, ...twins, ...sound]);
    const [first, second, one, other, ...others] = settled;
    expect(first).toMatchObject({ status: 'rejected', reason: { streamId: stream('conflict'), actualVersion: 0 } });
    expect((first as PromiseRejectedResult).reason).toBeInstanceOf(ConcurrencyError);
    expect(second).toMatchObject({ reason: { eventId: used, existingStreamId: stream('used') } });
    const both = [one, other] as PromiseSettledResult<AppendResult>[];
    expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    const loser = both.find(({ status }) => status === 'rejected') as PromiseRejectedResult;
    expect(loser.reason).toBeInstanceOf(DuplicateEventError);
    expect(others.map((each) => each.status === 'fulfilled' && each.value.version)).toEqual(Array(20).fill(1));
    for (const failed of ['conflict', 'duplicate']) expect(await store.streamVersion(stream(failed))).toBe(0);
  });

  it('do not wait for one whose stream another transaction holds, be it there already or just being created', async () => {
    const { store, database: postgres } = storeWith();
    await store.append(stream('held'), [new Counted(0, 0)]);
    const held = Promise.withResolvers<void>();
    const release = Promise.withResolvers<void>();
    const holder = postgres.transaction(async (manager) => {
      await store.append(stream('held'), [new Counted(0, 1)], { manager });
      await store.append(stream('created'), [new Counted(0, 0)], { manager });
      held.resolve();
      await release.promise;
    });
    await held.promise;
    const late: string[] = [];
    const waits = ['held', 'created', 'held'].map(async (name, n) => {
      const { version } = await store.append(stream(name), [new Counted(1, n)]);
      late.push(`${name}@${version}`);
    });
    for (let round = 0; round < 3; round++) {
      await Promise.all(times(10, (n) => store.append(stream(n), [new Counted(n, round)])));
    }
    expect(late).toEqual([]);
    release.resolve();
    await Promise.all([holder, ...waits]);
    expect(late.sort()).toEqual(['created@2', 'held@3', 'held@4']);
  });

  it('stay together where another transaction holds the stream of one of them', async () => {
    const { store, database: postgres } = storeWith();
    await store.append(stream('held'), [new Counted(0, 0)]);
    const release = Promise.withResolvers<void>();
    const held = Promise.withResolvers<void>();
    const holder = postgres.transaction(async (manager) => {
      await store.append(stream('held'), [new Counted(0, 1)], { manager });
      held.resolve();
      await release.promise;
    });
    await held.promise;
    const first = store.append(stream('first'), [new Counted(1, 0)]);
    const late = store.append(stream('held'), [new Counted(2, 0)]);
    await Promise.all([first, ...times(10, (n) => store.append(stream(n), [new Counted(n, 0)]))]);
    release.resolve();
    expect(await late).toMatchObject({ version: 3 });
    await holder;
    // What was there before, who held it and who waited for it, and the first; the ten others in one.
    expect((await transactions()).sort((a, b) => a - b)).toEqual([1, 1, 1, 1, 10]);
  });

  it('are refused where too many wait already, and nothing of these is stored', async () => {
    const { store } = storeWith({ maxWaiting: 8 });
    const settled = await Promise.allSettled(times(20, (n) => store.append(stream(n), [new Counted(n, 0)])));
    const refused = settled.flatMap((each, n) =>
      each.status === 'rejected' ? [{ n, reason: each.reason as unknown }] : [],
    );
    // One is under way, eight wait.
    expect(refused.map(({ n }) => n)).toEqual(times(11, (n) => 9 + n));
    for (const { n, reason } of refused) {
      expect(reason).toBeInstanceOf(AppendQueueFullError);
      expect(reason).toMatchObject({ code: 'APPEND_QUEUE_FULL', streamId: stream(n), limit: 8 });
      expect(await store.streamVersion(stream(n))).toBe(0);
    }
    await store.append(stream(19), [new Counted(19, 0)]);
  });

  it('are all told where the database goes away, and go on when it is back', async () => {
    const way = await createTcpProxy(database.url);
    const far = createPostgresStore(await database.connect({ url: way.url, extra: { max: 4 } }));
    await far.store.append(stream('before'), [new Counted(0, 0)]);
    way.cut();
    const settled = await Promise.allSettled(times(30, (n) => far.store.append(stream(n), [new Counted(n, 0)])));
    expect(settled.every((each) => each.status === 'rejected' && isConnectionError(each.reason))).toBe(true);
    way.restore();
    const back = await eventually(() => far.store.append(stream('after'), [new Counted(0, 0)]).catch(() => undefined));
    expect(back?.version).toBe(1);
    await far.storage.flush();
    await way.close();
  });

  it('are waited for by flush, those that wait included', async () => {
    const { store, storage } = storeWith({ maxEvents: 3 });
    let stored = 0;
    const appends = times(30, (n) => store.append(stream(n), [new Counted(n, 0)]).then(() => (stored += 1)));
    // Encoding comes first: only then are they the storage's.
    await appends[0];
    await storage.flush();
    expect(stored).toBe(30);
    await Promise.all(appends);
  });
});
