import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  BATCH_FAILED,
  type BatchFailed,
  StartPositionError,
  type StartFrom,
  type SubscriptionStatus,
} from '../../libs/event-sourcing/src/subscriptions/index.js';
import type { RecordedEvent } from '../../libs/event-sourcing/src/core/index.js';
import { append, checkpointOf, COUNTED, CountedEngines, numberOf, runTo, upTo } from '../support/counted-engines.js';
import { countedProjection, type Engine } from '../support/engine.js';
import { eventually } from '../support/eventually.js';

let engines: CountedEngines;
let sent: number[];
let others: number[];

beforeEach(async () => {
  sent = [];
  others = [];
  engines = await CountedEngines.open();
});

afterEach(() => engines.close());

const BYSTANDER = countedProjection(async (event) => void others.push(numberOf(event)), 'bystander');
const send = async (event: RecordedEvent): Promise<void> => void sent.push(numberOf(event));

async function subscriber(startFrom: StartFrom): Promise<Engine> {
  return engines.create({ kind: 'subscriber', startFrom, handle: send }, {}, BYSTANDER);
}

async function untilState(one: Engine, state: SubscriptionStatus['state']): Promise<SubscriptionStatus> {
  const statuses = await eventually(
    () => one.manager.status(),
    ([status]) => status?.state === state,
  );
  return statuses[0] as SubscriptionStatus;
}

describe('a subscription without a checkpoint begins', () => {
  it.each<[string, StartFrom, number[]]>([
    ['with the first event', 'beginning', upTo(8)],
    ['behind the last event of now', 'end', [5, 6, 7]],
    ['behind a position', 2n, [2, 3, 4, 5, 6, 7]],
    ['before the first position', 0n, upTo(8)],
    ['behind the position of the head', 5n, [5, 6, 7]],
  ])('%s', async (_, startFrom, expected) => {
    const one = await subscriber(startFrom);
    await append(one, 5);
    await one.manager.start();
    await untilState(one, 'live');
    await runTo(one, await append(one, 3, 5));
    expect(sent).toEqual(expected);
    // And from there on it is the checkpoint that counts.
    await one.manager.stop();
    const last = await append(one, 2, 8);
    await runTo(await subscriber(startFrom === 'end' ? 'checkpoint' : startFrom), last);
    expect(sent).toEqual([...expected, 8, 9]);
  });

  it('behind the last event of when it first ran, though it was away when others came', async () => {
    const one = await subscriber('end');
    await append(one, 5);
    await one.manager.start();
    await untilState(one, 'live');
    await one.manager.stop();
    const last = await append(one, 2, 5);
    await runTo(await subscriber('end'), last);
    expect(sent).toEqual([5, 6]);
  });
});

describe('a subscription that cannot begin', () => {
  /** That it failed before anything was stored, and only it. */
  async function expectFailed(one: Engine, reason: StartPositionError['reason'], message: RegExp): Promise<void> {
    const failures: BatchFailed[] = [];
    one.instrumentation.on(BATCH_FAILED, (failure) => failures.push(failure));
    await one.manager.start();
    const status = await untilState(one, 'failed');
    expect(status).toMatchObject({ lastError: expect.stringMatching(message), partitions: [{ owner: undefined }] });
    await eventually(() => failures.length > 0);
    expect(failures).toMatchObject([{ subscription: COUNTED, next: 'stop', eventId: undefined }]);
    expect(failures[0]?.error).toBeInstanceOf(StartPositionError);
    expect(failures[0]?.error).toMatchObject({ code: 'START_POSITION', subscription: COUNTED, partition: 0, reason });
    expect(sent).toEqual([]);
    const { head } = await one.storage.horizon();
    await one.manager.waitFor(head, { subscription: 'bystander' });
  }

  it('behind a position that there is not yet begins there when there is and it is started again', async () => {
    const one = await subscriber(7n);
    await append(one, 5);
    await expectFailed(one, 'start-ahead', /is to start from position 7, and the feed ends at 5/);
    expect(await checkpointOf(one)).toBe(-1n);
    const last = await append(one, 4, 5);
    await runTo(one, last);
    expect(sent).toEqual([7, 8]);
    expect(others).toEqual(upTo(9));
  });

  it('without the checkpoint that it must have stores none', async () => {
    const one = await subscriber('checkpoint');
    await append(one, 5);
    await expectFailed(one, 'missing', /has no checkpoint, and startFrom is 'checkpoint'/);
    const run = one.manager.runToHead({ subscriptions: [COUNTED] });
    await expect(run).rejects.toMatchObject({ code: 'SUBSCRIPTION_HALTED', reason: 'failed' });
    expect(await checkpointOf(one)).toBe(-1n);
    expect(others).toEqual(upTo(5));
  });

  it('with a checkpoint behind the end of the feed handles nothing, whatever comes', async () => {
    const before = await subscriber('beginning');
    await runTo(before, await append(before, 5));
    await before.manager.stop();
    sent = [];
    // As after the restore of an older back-up of the events than of the checkpoints.
    await before.database.dataSource.query('update tidemark.checkpoints set position = 8 where subscription = $1', [
      COUNTED,
    ]);
    const one = await subscriber('beginning');
    await expectFailed(one, 'ahead', /has its checkpoint at position 8, and the feed ends at 5/);
    expect(await checkpointOf(one)).toBe(8n);
    await append(one, 2, 5);
    await one.manager.waitFor(7n, { subscription: 'bystander' });
    await one.manager.start();
    await untilState(one, 'failed');
    expect(sent).toEqual([]);
    expect(others).toEqual(upTo(7));
  });

  it('is noticed while it runs, where its checkpoint is moved beyond the end of the feed', async () => {
    const one = await subscriber('beginning');
    await runTo(one, await append(one, 5));
    await one.database.dataSource.query('update tidemark.checkpoints set position = 100 where subscription = $1', [
      COUNTED,
    ]);
    await append(one, 1, 5);
    expect(await untilState(one, 'failed')).toMatchObject({ lastError: expect.stringContaining('position 100') });
    expect(await checkpointOf(one)).toBe(100n);
  });
});

describe('a checkpoint that is put back in the moment in which a partition is taken over', () => {
  it('makes it begin anew, and not where it was', async () => {
    const handle = async (event: RecordedEvent): Promise<void> => send(event);
    const before = await engines.create({ handle });
    const last = await append(before, 5);
    await runTo(before, last);
    await before.manager.stop();
    sent = [];
    const one = await engines.create({ handle });
    const acquire = one.leases.acquire.bind(one.leases);
    one.leases.acquire = async (...args) => {
      // It has seen its checkpoint by now, and has not claimed it yet.
      one.leases.acquire = acquire;
      await one.checkpoints.reset(COUNTED, { partitions: 1, position: 0n }, async () => undefined);
      return acquire(...args);
    };
    await one.manager.start();
    await untilState(one, 'live');
    expect(await checkpointOf(one)).toBe(last);
    expect(sent).toEqual(upTo(5));
  });
});
