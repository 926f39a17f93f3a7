import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { EntityManager } from 'typeorm';
import {
  BATCH_FAILED,
  type BatchFailed,
  type DeliveryContext,
  type SubscriptionTuning,
} from '../../libs/event-sourcing/src/subscriptions/index.js';
import type { RecordedEvent } from '../../libs/event-sourcing/src/core/index.js';
import { append, COUNTED, CountedEngines, numberOf, runTo, upTo } from '../support/counted-engines.js';
import { countedProjection, type Engine } from '../support/engine.js';
import { eventually } from '../support/eventually.js';

let engines: CountedEngines;
let failures: BatchFailed[];

beforeEach(async () => {
  failures = [];
  engines = await CountedEngines.open('create table seen (at bigserial, n integer primary key)');
});

afterEach(() => engines.close());

async function writeRow(event: RecordedEvent, { manager }: DeliveryContext): Promise<void> {
  await (manager as EntityManager).query('insert into seen (n) values ($1)', [numberOf(event)]);
}

async function seen({ database: { dataSource } }: Engine): Promise<number[]> {
  const rows = await dataSource.query<{ n: number }[]>('select n from seen order by at');
  return rows.map(({ n }) => n);
}

async function passes(milliseconds: number): Promise<void> {
  const startedAt = performance.now();
  await eventually(() => performance.now() - startedAt > milliseconds);
}

describe('what a subscription says for itself', () => {
  const failsAt3 = async (event: RecordedEvent): Promise<void> => {
    if (numberOf(event) === 3) throw new Error('bad');
  };

  /** The app's own are of the one subscription, and another one's those of the app. */
  async function engine(tuning: SubscriptionTuning): Promise<Engine> {
    const app = { maxRetries: 3, continueOnError: true, batchSize: 1 };
    const one = await engines.create({ handle: failsAt3, tuning }, app, countedProjection(failsAt3, 'other'));
    one.instrumentation.on(BATCH_FAILED, (failure) => failures.push(failure));
    await append(one, 6);
    return one;
  }

  const triesOf = (name: string): number => failures.filter(({ subscription }) => subscription === name).length;

  it('goes before the options of the app, for how often it tries', async () => {
    const one = await engine({ maxRetries: 0 });
    await runTo(one, 6n);
    await one.manager.waitFor(6n, { subscription: 'other' });
    expect([triesOf(COUNTED), triesOf('other')]).toEqual([1, 4]);
  });

  it('goes before the options of the app, for what becomes of an event that it gives up', async () => {
    const one = await engine({ continueOnError: false });
    await one.manager.start();
    await one.manager.waitFor(6n, { subscription: 'other' });
    await eventually(async () => (await one.manager.status())[0]?.state === 'failed');
    expect((await one.manager.status())[1]).toMatchObject({ state: 'live' });
  });
});

describe('the time that one projection gives its handlers', () => {
  it('ends them sooner than the app would', async () => {
    let hangs = true;
    const handle = async (event: RecordedEvent, context: DeliveryContext): Promise<void> => {
      await writeRow(event, context);
      if (hangs) await new Promise(() => undefined);
    };
    const one = await engines.create({ handle, tuning: { processingTimeoutMs: 100 } }, { maxRetries: 100 });
    one.instrumentation.on(BATCH_FAILED, (failure) => failures.push(failure));
    const last = await append(one, 2);
    await one.manager.start();
    await eventually(() => failures.length >= 2);
    expect(failures[1]?.error).toMatchObject({ code: 'PROCESSING_TIMEOUT', timeoutMs: 100 });
    hangs = false;
    await one.manager.waitFor(last, { subscription: COUNTED });
    expect(await seen(one)).toEqual(upTo(2));
  });

  it('lets them do other things meanwhile for longer than the app would', async () => {
    let calls = 0;
    const handle = async (event: RecordedEvent, context: DeliveryContext): Promise<void> => {
      calls += 1;
      await writeRow(event, context);
      // The transaction lies idle.
      await passes(700);
    };
    const one = await engines.create({ handle, tuning: { processingTimeoutMs: 20_000 } }, { processingTimeoutMs: 300 });
    one.instrumentation.on(BATCH_FAILED, (failure) => failures.push(failure));
    await runTo(one, await append(one, 1));
    expect(failures).toEqual([]);
    expect(calls).toBe(1);
    expect(await seen(one)).toEqual([0]);
  });

  it('lets a redrive take as long', async () => {
    let isBad = true;
    const handle = async (event: RecordedEvent, context: DeliveryContext): Promise<void> => {
      await writeRow(event, context);
      if (isBad) throw new Error('bad');
      await passes(700);
    };
    const tuning = { processingTimeoutMs: 20_000, maxRetries: 0 };
    const one = await engines.create({ handle, tuning }, { processingTimeoutMs: 300 });
    await runTo(one, await append(one, 1));
    isBad = false;
    one.instrumentation.on(BATCH_FAILED, (failure) => failures.push(failure));
    await one.deadLetters.requestRedrive({ subscription: COUNTED });
    await eventually(async () => (await one.deadLetters.stats()).resolved === 1);
    expect(failures).toEqual([]);
    expect(await seen(one)).toEqual([0]);
  });
});
