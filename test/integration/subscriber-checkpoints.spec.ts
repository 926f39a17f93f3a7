import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { RecordedEvent } from '../../libs/event-sourcing/src/core/index.js';
import type { CheckpointStrategy } from '../../libs/event-sourcing/src/subscriptions/index.js';
import {
  append,
  checkpointOf,
  COUNTED,
  CountedEngines,
  FOR_EVER_MS,
  numberOf,
  runTo,
  takeOver,
  upTo,
} from '../support/counted-engines.js';
import { eventually } from '../support/eventually.js';

const STRATEGIES: readonly CheckpointStrategy[] = ['every_event', 'every_batch', 'periodic'];

let engines: CountedEngines;

beforeEach(async () => {
  engines = await CountedEngines.open();
});

afterEach(() => engines.close());

describe('the checkpoint of a subscriber', () => {
  const sent: number[] = [];
  const send = async (event: RecordedEvent): Promise<void> => void sent.push(numberOf(event));

  beforeEach(() => {
    sent.length = 0;
  });

  it.each([
    ['every_event', 1n],
    ['every_batch', 5n],
  ] as const)('moves with %s each time', async (checkpointStrategy, step) => {
    const behind: bigint[] = [];
    const handle = async (event: RecordedEvent): Promise<void> => {
      behind.push(await checkpointOf(one));
      await send(event);
    };
    const one = await engines.create({ kind: 'subscriber', handle }, { checkpointStrategy, batchSize: 5 });
    await runTo(one, await append(one, 15));
    expect(sent).toEqual(upTo(15));
    expect(behind).toEqual(upTo(15).map((n) => (BigInt(n) / step) * step));
  });

  it('moves with periodic once in an interval at the most, at once at the head, and never too late for maxInFlight', async () => {
    const moved: bigint[] = [];
    const options = {
      checkpointStrategy: 'periodic',
      checkpointIntervalMs: FOR_EVER_MS,
      batchSize: 5,
      maxInFlight: 20,
    } as const;
    const one = await engines.create({ kind: 'subscriber', handle: send }, options);
    const { checkpoints } = one;
    const advance = checkpoints.advance.bind(checkpoints);
    checkpoints.advance = async (lease, position, work) => {
      await advance(lease, position, work);
      moved.push(position);
    };
    const last = await append(one, 48);
    await runTo(one, last);
    await eventually(() => moved.at(-1) === last);
    expect(moved).toEqual([20n, 40n, 48n]);
    const next = await append(one, 1, 48);
    await one.manager.waitFor(next, { subscription: COUNTED });
    await eventually(async () => (await checkpointOf(one)) === next);
    expect(sent).toEqual(upTo(49));
    expect((await checkpoints.list(COUNTED))[0]?.handled).toBe(49n);
  });

  it('moves with periodic when the interval is over', async () => {
    let at = 0;
    const moved: [position: bigint, afterMs: number][] = [];
    const options = { checkpointStrategy: 'periodic', checkpointIntervalMs: 200, batchSize: 1 } as const;
    const handle = async (event: RecordedEvent): Promise<void> => {
      await one.database.dataSource.query('select pg_sleep(0.03)');
      await send(event);
    };
    const one = await engines.create({ kind: 'subscriber', handle }, options);
    const { checkpoints } = one;
    const advance = checkpoints.advance.bind(checkpoints);
    checkpoints.advance = async (lease, position, work) => {
      await advance(lease, position, work);
      moved.push([position, performance.now() - at]);
      at = performance.now();
    };
    const last = await append(one, 30);
    await runTo(one, last);
    await eventually(() => moved.at(-1)?.[0] === last);
    // 30 events take 0.9 s at the least.
    expect(moved.length).toBeGreaterThanOrEqual(3);
    for (const [position, afterMs] of moved.slice(1))
      if (position !== last) expect(afterMs).toBeGreaterThanOrEqual(190);
  });

  it('moves with periodic when it stops, so that nothing comes again', async () => {
    const options = { checkpointStrategy: 'periodic', checkpointIntervalMs: FOR_EVER_MS, batchSize: 2 } as const;
    const opened = Promise.withResolvers<void>();
    const handle = async (event: RecordedEvent): Promise<void> => {
      if (numberOf(event) === 5) await opened.promise;
      await send(event);
    };
    const one = await engines.create({ kind: 'subscriber', handle }, options);
    const last = await append(one, 20);
    await one.manager.start();
    await eventually(() => sent.length === 5);
    expect(await checkpointOf(one)).toBe(0n);
    const stopped = one.manager.stop();
    opened.resolve();
    await stopped;
    expect(await checkpointOf(one)).toBe(6n);
    const two = await engines.create({ kind: 'subscriber', handle: send }, options);
    await runTo(two, last);
    expect(sent).toEqual(upTo(20));
  });

  it('brings with periodic, after a crash, only what was not behind it again', async () => {
    const options = {
      checkpointStrategy: 'periodic',
      checkpointIntervalMs: FOR_EVER_MS,
      batchSize: 5,
      maxInFlight: 10,
    } as const;
    const opened = Promise.withResolvers<void>();
    const handle = async (event: RecordedEvent): Promise<void> => {
      if (numberOf(event) === 17) await opened.promise;
      await send(event);
    };
    const one = await engines.create({ kind: 'subscriber', handle }, options);
    const last = await append(one, 25);
    await one.manager.start();
    await eventually(() => sent.length === 17);
    expect(await checkpointOf(one)).toBe(10n);
    const lease = await takeOver(one);
    opened.resolve();
    await eventually(async () => (await one.manager.status())[0]?.state === 'standby');
    const before = [...sent];
    await one.leases.release(lease);
    await one.manager.waitFor(last, { subscription: COUNTED, timeoutMs: 60_000 });
    expect(before.slice(0, 18)).toEqual(upTo(18));
    expect(sent.slice(before.length)).toEqual(upTo(25).slice(10));
    await eventually(async () => (await checkpointOf(one)) === last);
    // What was done without a checkpoint counts once.
    expect((await one.checkpoints.list(COUNTED))[0]?.handled).toBe(25n);
  });

  it.each(STRATEGIES)(
    'moves past a bad event with %s after exactly its own tries, and nothing comes twice',
    async (checkpointStrategy) => {
      let tries = 0;
      const handle = async (event: RecordedEvent): Promise<void> => {
        if (numberOf(event) === 7) {
          tries += 1;
          throw new Error('bad');
        }
        await send(event);
      };
      const options = { checkpointStrategy, checkpointIntervalMs: FOR_EVER_MS, batchSize: 5, maxRetries: 2 };
      const one = await engines.create({ kind: 'subscriber', handle }, options);
      const last = await append(one, 20);
      await runTo(one, last);
      expect(tries).toBe(3);
      expect(sent).toEqual(upTo(20).filter((n) => n !== 7));
      const { letters } = await one.deadLetters.list({}, undefined, 100);
      expect(letters).toMatchObject([{ streamId: 's-7', attempts: [{}, {}, {}] }]);
      await eventually(async () => (await checkpointOf(one)) === last);
      expect((await one.checkpoints.list(COUNTED))[0]?.handled).toBe(19n);
    },
  );
});
