import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { EntityManager } from 'typeorm';
import type { SubscriptionDefinition } from '../../libs/event-sourcing/src/subscriptions/index.js';
import { countedProjection, createEngine, type Engine } from '../support/engine.js';
import { eventually } from '../support/eventually.js';
import { Counted } from '../support/postgres-store.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

const NAME = 'sums';

describe('a rebuild beside owners that come', () => {
  let database: TestDatabase;
  let engines: Engine[];

  beforeEach(async () => {
    engines = [];
    database = await createTestDatabase();
    const client = await database.client();
    await client.query('create table sums (stream text primary key, sum integer)');
    await client.end();
  });

  afterEach(async () => {
    await Promise.all(engines.map(({ manager }) => manager.stop()));
    await database.drop();
  });

  const handle: SubscriptionDefinition['handle'] = async ({ streamId, data }, { manager }) => {
    const sql = 'insert into sums as s values ($1, $2) on conflict (stream) do update set sum = s.sum + excluded.sum';
    await manager!.query(sql, [streamId, (data as Counted).n]);
  };

  const reset = async (manager: EntityManager | undefined): Promise<void> => {
    await manager!.query('truncate sums');
  };

  async function engine(): Promise<Engine> {
    const one = createEngine(await database.connect(), [{ ...countedProjection(handle, NAME), reset }]);
    engines.push(one);
    return one;
  }

  const sums = async ({ database: { dataSource } }: Engine): Promise<object[]> =>
    dataSource.query<object[]>('select * from sums');

  it('begins anew for one that was just about to go on from its checkpoint', async () => {
    const one = await engine();
    const { position } = await one.store.append('s-1', [new Counted(0, 1)]);
    await one.manager.start();
    await one.manager.waitFor(position, { subscription: NAME });
    await one.manager.stop();
    const two = await engine();
    let mayClaim = (): void => undefined;
    let claiming = (): void => undefined;
    const isClaiming = new Promise<void>((resolve) => (claiming = resolve));
    const claimable = new Promise<void>((resolve) => (mayClaim = resolve));
    const claim = two.checkpoints.claim.bind(two.checkpoints);
    two.checkpoints.claim = async (...args) => {
      claiming();
      await claimable;
      return claim(...args);
    };
    await two.manager.start();
    await isClaiming;
    const rebuilt = one.manager.rebuild(NAME);
    await eventually(async () => (await one.manager.status())[0]?.rebuild?.phase === 'running');
    mayClaim();
    await rebuilt;
    expect(await sums(one)).toEqual([{ stream: 's-1', sum: 1 }]);
  });
});
