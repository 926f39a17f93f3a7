import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { EntityManager } from 'typeorm';
import type { RecordedEvent } from '../../libs/event-sourcing/src/core/index.js';
import {
  CheckpointReset,
  type CheckpointResetOptions,
  type DeliveryContext,
} from '../../libs/event-sourcing/src/subscriptions/index.js';
import { append, checkpointOf, COUNTED, CountedEngines, numberOf, runTo, upTo } from '../support/counted-engines.js';
import type { Engine } from '../support/engine.js';
import { eventually } from '../support/eventually.js';

const ALL: Omit<CheckpointResetOptions, 'to'> = { acceptRepeats: true, acceptGaps: true };

describe('a reset of checkpoints', () => {
  let engines: CountedEngines;

  beforeEach(async () => {
    engines = await CountedEngines.open('create table seen (k bigserial, n integer)');
  });

  afterEach(async () => {
    await engines.close();
  });

  async function note(event: RecordedEvent, { manager }: DeliveryContext): Promise<void> {
    await (manager as EntityManager).query('insert into seen (n) values ($1)', [numberOf(event)]);
  }

  async function seen(): Promise<number[]> {
    const client = await engines.database.client();
    const { rows } = await client.query<{ n: number }>('select n from seen order by k');
    await client.end();
    return rows.map(({ n }) => n);
  }

  const resetOf = ({ database, storage, leases, checkpoints }: Engine): CheckpointReset =>
    new CheckpointReset({ database, storage, leases, checkpoints });

  it('goes where it is told, and the subscription goes on from there', async () => {
    const one = await engines.create({ handle: note });
    const last = await append(one, 4);
    await runTo(one, last);
    await one.manager.pause(COUNTED, 'to be put back');
    const reset = resetOf(one);
    expect(await reset.run(COUNTED, { ...ALL, to: last - 2n })).toEqual({
      position: last - 2n,
      partitions: 1,
      before: [{ partition: 0, position: last }],
    });
    expect(await seen()).toEqual(upTo(4));
    await one.manager.resume(COUNTED);
    await eventually(seen, (numbers) => numbers.length === 6);
    expect(await seen()).toEqual([0, 1, 2, 3, 2, 3]);

    await one.manager.pause(COUNTED, 'to be put forward');
    await eventually(async () => (await one.leases.list()).every(({ owner }) => owner === undefined));
    await append(one, 2, 4);
    expect((await reset.run(COUNTED, { ...ALL, to: 'end' })).position).toBe(await one.store.headPosition());
    await one.manager.resume(COUNTED);
    const end = await append(one, 1, 6);
    await one.manager.waitFor(end, { subscription: COUNTED, timeoutMs: 60_000 });
    expect((await seen()).slice(6)).toEqual([6]);
  });

  it('is refused where it would repeat or leave out events that nobody asked for, and changes nothing', async () => {
    const one = await engines.create({ handle: note });
    const last = await append(one, 3);
    await runTo(one, last);
    const reset = resetOf(one);
    const to = (options: Partial<CheckpointResetOptions>) =>
      reset.run(COUNTED, { to: 'beginning', acceptRepeats: false, acceptGaps: false, ...options });
    await expect(to(ALL)).rejects.toMatchObject({ code: 'RESET_REFUSED', reason: 'running' });
    await one.manager.pause(COUNTED, 'a look');
    await expect(to({ acceptGaps: true })).rejects.toMatchObject({
      reason: 'repeats',
      message: expect.stringContaining('read model'),
    });
    await append(one, 1, 3);
    await expect(to({ to: 'end', acceptRepeats: true })).rejects.toMatchObject({ reason: 'gaps' });
    await expect(to({ ...ALL, to: 1_000n })).rejects.toMatchObject({ code: 'INVALID_ARGUMENT', argument: 'to' });
    await expect(reset.run('nobody', { ...ALL, to: 'end' })).rejects.toMatchObject({ argument: 'subscription' });
    await one.directory.requestRebuild(COUNTED);
    await expect(to(ALL)).rejects.toMatchObject({ reason: 'rebuilding' });
    expect(await checkpointOf(one)).toBe(last);
    // The same place is neither.
    await one.directory.withdrawRebuild(COUNTED);
    expect(await to({ to: last })).toMatchObject({ position: last });
  });

  it('rolls back the batch that was still under way as it came', async () => {
    const [entered, gate] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const one = await engines.create({
      handle: async (event, context) => {
        await note(event, context);
        if (numberOf(event) !== 1) return;
        entered.resolve();
        await gate.promise;
      },
    });
    await runTo(one, await append(one, 1));
    const last = await append(one, 1, 1);
    await entered.promise;
    await one.manager.pause(COUNTED, 'it hangs');
    await resetOf(one).run(COUNTED, { ...ALL, to: 'beginning' });
    gate.resolve();
    await eventually(async () => (await one.leases.list()).every(({ owner }) => owner === undefined));
    expect(await seen()).toEqual([0]);
    expect(await checkpointOf(one)).toBe(0n);
    await one.manager.resume(COUNTED);
    await one.manager.waitFor(last, { subscription: COUNTED, timeoutMs: 60_000 });
    expect(await seen()).toEqual([0, 0, 1]);
  });

  it('waits for a commit that is under way, and counts from where that came to', async () => {
    const one = await engines.create({ handle: note });
    await runTo(one, await append(one, 1));
    await one.manager.pause(COUNTED, 'a look');
    await eventually(async () => (await one.leases.list()).every(({ owner }) => owner === undefined));
    const last = await append(one, 1, 1);
    const client = await engines.database.client();
    await client.query('begin');
    await client.query('update tidemark.checkpoints set position = $1', [String(last)]);
    // By what can be seen it goes nowhere; by what is under way it goes back.
    const to = await checkpointOf(one);
    const asked = resetOf(one).run(COUNTED, { to, acceptRepeats: false, acceptGaps: false });
    const refused = expect(asked).rejects.toMatchObject({ reason: 'repeats' });
    await eventually(async () => {
      const { rows } = await client.query<{ n: string }>('select count(*) as n from pg_locks where not granted');
      return Number(rows[0]?.n) > 0;
    });
    await client.query('commit');
    await client.end();
    await refused;
    expect(await checkpointOf(one)).toBe(last);
  });
});

describe('a rebuild that was asked for by rows alone', () => {
  it('is taken back where the projection has no reset method, and nothing is handled twice', async () => {
    const engines = await CountedEngines.open();
    const handled: number[] = [];
    const one = await engines.create({ handle: async (event) => void handled.push(numberOf(event)) });
    await runTo(one, await append(one, 2));
    await one.directory.requestRebuild(COUNTED);
    await eventually(async () => (await one.directory.controls()).get(COUNTED)?.rebuild === undefined);
    const last = await append(one, 1, 2);
    await one.manager.waitFor(last, { subscription: COUNTED, timeoutMs: 60_000 });
    expect(handled).toEqual(upTo(3));
    await engines.close();
  });
});
