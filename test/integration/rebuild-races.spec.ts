import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { EntityManager } from 'typeorm';
import type { SubscriptionDefinition } from '../../libs/event-sourcing/src/subscriptions/index.js';
import { countedProjection, createEngine, type Engine } from '../support/engine.js';
import { eventually } from '../support/eventually.js';
import { Counted } from '../support/postgres-store.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

const NAME = 'sums';

describe('a rebuild', () => {
  let database: TestDatabase;
  let engines: Engine[];

  beforeEach(async () => {
    engines = [];
    database = await createTestDatabase();
    const client = await database.client();
    await client.query('create table sums (stream text primary key, sum integer)');
    await client.query('create table sums2 (stream text primary key, sum integer)');
    await client.end();
  });

  afterEach(async () => {
    await Promise.all(engines.map(({ manager }) => manager.stop()));
    await database.drop();
  });

  const fold =
    (table: string): SubscriptionDefinition['handle'] =>
    async ({ streamId, data }, { manager }) => {
      const sql = `insert into ${table} as s values ($1, $2) on conflict (stream) do update set sum = s.sum + excluded.sum`;
      await manager!.query(sql, [streamId, (data as Counted).n]);
    };

  async function engine(
    definition: Partial<SubscriptionDefinition>,
    options: NonNullable<Parameters<typeof createEngine>[2]> = {},
  ): Promise<Engine> {
    const own = { ...countedProjection(fold('sums'), NAME), ...definition };
    const one = createEngine(await database.connect(), [own], options);
    engines.push(one);
    return one;
  }

  const sums = async ({ database: db }: Engine, table = 'sums') =>
    db.dataSource.query<{ stream: string; sum: number }[]>(`select * from ${table} order by stream`);

  it('applies nothing twice, whatever is appended while the read model is emptied', async () => {
    let emptied = (): void => undefined;
    let go = (): void => undefined;
    const hasEmptied = new Promise<void>((resolve) => (emptied = resolve));
    const mayGo = new Promise<void>((resolve) => (go = resolve));
    const one = await engine({
      reset: async (manager: EntityManager | undefined) => {
        await manager!.query('delete from sums');
        emptied();
        await mayGo;
      },
    });
    await one.manager.start();
    const first = await one.store.append('s-1', [new Counted(0, 1)]);
    await one.manager.waitFor(first.position, { subscription: NAME });
    const rebuilt = one.manager.rebuild(NAME);
    await hasEmptied;
    const second = await one.store.append('s-2', [new Counted(0, 10)]);
    await one.manager.waitFor(second.position, { subscription: NAME, timeoutMs: 2_000 }).catch(() => undefined);
    go();
    await rebuilt;
    await one.manager.waitFor(second.position, { subscription: NAME });
    expect(await sums(one)).toEqual([
      { stream: 's-1', sum: 1 },
      { stream: 's-2', sum: 10 },
    ]);
  });

  it('can be asked for where the checkpoint is ahead of the feed, as the error says', async () => {
    const one = await engine({ reset: async (manager) => void (await manager!.query('delete from sums')) });
    const { position } = await one.store.append('s-1', [new Counted(0, 1)]);
    await one.manager.start();
    await one.manager.waitFor(position, { subscription: NAME });
    await one.manager.stop();
    await one.database.dataSource.query('update tidemark.checkpoints set position = 1000');
    const two = await engine({ reset: async (manager) => void (await manager!.query('delete from sums')) });
    await two.manager.start();
    await eventually(async () => (await two.manager.status())[0]?.state === 'failed');
    await two.manager.rebuild(NAME);
    expect(await sums(two)).toEqual([{ stream: 's-1', sum: 1 }]);
  });

  it('of a raised version waits for no handler of the new version on the old read model', async () => {
    const one = await engine({ reset: async (manager) => void (await manager!.query('delete from sums')) });
    const { position } = await one.store.append('s-1', [new Counted(0, 1)]);
    await one.manager.start();
    await one.manager.waitFor(position, { subscription: NAME });
    await one.manager.stop();
    // Behind the checkpoint; the new version's handler needs a column that its reset adds.
    await one.store.append('s-1', [new Counted(0, 5)]);
    const two = await engine(
      {
        version: 2,
        handle: async (event, context) => {
          await context.manager!.query('update sums set note = $1', ['x']);
          await fold('sums')(event, context);
        },
        reset: async (manager) => {
          await manager!.query('select pg_sleep(0.5)');
          await manager!.query('delete from sums');
          await manager!.query('alter table sums add column if not exists note text');
        },
      },
      { continueOnError: false },
    );
    await two.manager.start();
    await eventually(async () => (await two.manager.status())[0]?.rebuild?.phase === 'finished');
    expect((await sums(two))[0]).toMatchObject({ stream: 's-1', sum: 6 });
  });

  it('of a raised version comes to its end while a process of the older version lives', async () => {
    const reset = async (manager: EntityManager | undefined) => void (await manager!.query('delete from sums'));
    const one = await engine({ reset, partitions: 2 });
    await one.store.append('s-1', [new Counted(0, 1)]);
    await one.manager.start();
    const two = await engine({ version: 2, reset, partitions: 2 });
    await two.manager.start();
    await eventually(async () => (await two.manager.status())[0]?.rebuild?.phase === 'finished');
  });

  it('is not begun by a process of an older version', async () => {
    const one = await engine({ reset: async (manager) => void (await manager!.query('truncate sums')) });
    const { position } = await one.store.append('s-1', [new Counted(0, 1)]);
    await one.manager.start();
    await one.manager.waitFor(position, { subscription: NAME });
    await one.manager.stop();
    await one.database.dataSource.query('delete from tidemark.checkpoints');
    const two = await engine({
      version: 2,
      handle: fold('sums2'),
      reset: async (manager) => void (await manager!.query('truncate sums2')),
    });
    await two.manager.start();
    await eventually(async () => (await two.manager.status())[0]?.rebuild?.phase === 'finished');
    expect(await sums(two, 'sums2')).toEqual([{ stream: 's-1', sum: 1 }]);
    await two.manager.stop();
    await one.manager.rebuild(NAME, { signal: AbortSignal.timeout(500) }).catch(() => undefined);
    await two.manager.start();
    await eventually(async () => (await two.manager.status())[0]?.rebuild?.phase === 'finished');
    expect(await sums(two, 'sums2')).toEqual([{ stream: 's-1', sum: 1 }]);
  });

  it('of a raised version leaves the read model of a paused projection until it is resumed', async () => {
    const reset = async (manager: EntityManager | undefined) => void (await manager!.query('truncate sums'));
    const one = await engine({ reset });
    const { position } = await one.store.append('s-1', [new Counted(0, 1)]);
    await one.manager.start();
    await one.manager.waitFor(position, { subscription: NAME });
    await one.manager.pause(NAME, 'somebody looks at the read model');
    await one.manager.stop();
    const two = await engine({ version: 2, reset });
    await two.manager.start();
    await eventually(async () => (await two.manager.status())[0]?.state === 'paused');
    // Each look at what is to be done would have begun it.
    for (let looks = 0; looks < 3; looks++) await two.manager.pause(NAME, `look ${looks}`);
    expect((await two.manager.status())[0]?.rebuild).toMatchObject({ phase: 'requested' });
    expect(await sums(two)).toEqual([{ stream: 's-1', sum: 1 }]);
    await two.manager.resume(NAME);
    await eventually(async () => (await two.manager.status())[0]?.rebuild?.phase === 'finished');
    expect(await sums(two)).toEqual([{ stream: 's-1', sum: 1 }]);
  });

  it('of a subscriber that starts from the end skips nothing that it has not done yet', async () => {
    const done: string[] = [];
    let isThere = (): void => undefined;
    let go = (): void => undefined;
    const first = new Promise<void>((resolve) => (isThere = resolve));
    const mayGo = new Promise<void>((resolve) => (go = resolve));
    const one = await engine(
      {
        kind: 'subscriber',
        startFrom: 'end',
        handle: async ({ streamId, version }) => {
          isThere();
          await mayGo;
          done.push(`${streamId}@${version}`);
        },
      },
      { batchSize: 1 },
    );
    await one.manager.start();
    await eventually(async () => (await one.manager.status())[0]?.state === 'live');
    await one.store.append('s-1', [new Counted(0, 1), new Counted(0, 2)]);
    await first;
    const rebuilt = one.manager.rebuild(NAME, { replaySideEffects: true });
    await eventually(async () => (await one.manager.status())[0]?.rebuild?.phase === 'running');
    go();
    await rebuilt;
    expect([...new Set(done)]).toEqual(['s-1@1', 's-1@2']);
  });

  it('of a subscriber that starts from its checkpoint works', async () => {
    const one = await engine({ kind: 'subscriber', handle: async () => undefined });
    const { position } = await one.store.append('s-1', [new Counted(0, 1)]);
    await one.manager.start();
    await one.manager.waitFor(position, { subscription: NAME });
    await one.manager.stop();
    const two = await engine({ kind: 'subscriber', startFrom: 'checkpoint', handle: async () => undefined });
    await two.manager.start();
    await eventually(async () => (await two.manager.status())[0]?.state === 'live');
    await two.manager.rebuild(NAME, { replaySideEffects: true });
    expect((await two.manager.status())[0]).toMatchObject({ state: 'live', position });
  });

  it('leaves no letter open that was parked while it began', async () => {
    const one = await engine({
      reset: async (manager) => void (await manager!.query('delete from sums')),
    });
    await one.store.append('s-1', [new Counted(0, 1), new Counted(0, 2)]);
    await one.manager.start();
    await eventually(async () => (await one.manager.status())[0]?.position === 2n);
    const [letters, checkpoint] = [one.deadLetters, one.checkpoints];
    const [{ epoch } = { epoch: 0n }] = await checkpoint.list(NAME);
    const [event] = await one.storage.readStream({
      streamId: 's-1',
      fromVersion: 2,
      toVersion: 2,
      direction: 'forwards',
      limit: 1,
    });
    let rebuilt: Promise<unknown> | undefined;
    // As PageDelivery.park does it; the commit is what takes long.
    const client = await database.client();
    await one.database.transaction(async (manager) => {
      await letters.park({ subscription: NAME, partition: 0, event: event!, failures: [] }, manager);
      await manager.query('update tidemark.checkpoints set position = position + 1 where epoch = $1', [String(epoch)]);
      rebuilt = one.manager.rebuild(NAME);
      await eventually(
        async () =>
          (
            await client.query(
              "select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock' and query like '%checkpoints%'",
            )
          ).rows.length > 0,
      );
    });
    await client.end();
    await rebuilt;
    expect(await sums(one)).toEqual([{ stream: 's-1', sum: 3 }]);
  });
});
