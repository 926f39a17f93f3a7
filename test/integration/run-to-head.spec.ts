import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { TypeOrmModule } from '@nestjs/typeorm';
import {
  DomainEvent,
  EventSourcingModule,
  EventStore,
  On,
  Projection,
  type ProjectionContext,
  type RecordedEvent,
  SubscriptionHaltedError,
  SubscriptionManager,
  WaitTimeoutError,
} from '../../libs/event-sourcing/src/index.js';
import { LeaseStore } from '../../libs/event-sourcing/src/database/index.js';
import { CheckpointStore } from '../../libs/event-sourcing/src/subscriptions/index.js';
import { eventually } from '../support/eventually.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

@DomainEvent('step.taken')
class StepTaken {
  constructor(readonly n: number) {}
}

const steps: Record<'left' | 'right', number[]> = { left: [], right: [] };
let isBlocked = false;
let isBroken = false;

@Projection({ name: 'left', continueOnError: false, maxRetries: 0 })
class Left {
  @On(StepTaken)
  async taken({ data }: RecordedEvent<StepTaken>, { signal }: ProjectionContext): Promise<void> {
    await eventually(() => !isBlocked || signal.aborted);
    signal.throwIfAborted();
    if (isBroken) throw new Error('a stumble');
    steps.left.push(data.n);
  }
}

@Projection({ name: 'right', partitions: 2 })
class Right {
  @On(StepTaken)
  taken({ data }: RecordedEvent<StepTaken>): void {
    steps.right.push(data.n);
  }
}

describe.each(['memory', 'postgres'] as const)('runToHead, with the store in %s', (store) => {
  let database: TestDatabase | undefined;
  let app: INestApplicationContext;
  let manager: SubscriptionManager;

  beforeEach(async () => {
    Object.assign(steps, { left: [], right: [] });
    isBlocked = isBroken = false;
    database = store === 'postgres' ? await createTestDatabase() : undefined;
    const imports = [
      ...(database === undefined ? [] : [TypeOrmModule.forRoot({ type: 'postgres', url: database.url })]),
      EventSourcingModule.forRoot({ store, workers: false, shutdown: { drainTimeoutMs: 100 } }),
      EventSourcingModule.forFeature({ events: [StepTaken], projections: [Left, Right] }),
    ];
    const module = { module: class App {}, imports };
    app = await NestFactory.createApplicationContext(module, { logger: false, abortOnError: false });
    manager = app.get(SubscriptionManager);
  });

  afterEach(async () => {
    isBlocked = false;
    await app.close();
    await database?.drop();
  });

  async function take(count: number): Promise<void> {
    for (let n = 1; n <= count; n++) await app.get(EventStore).append(`step-${n % 3}`, [new StepTaken(n)]);
  }

  const states = async (): Promise<string[]> => (await manager.status()).map(({ state }) => state);

  it('handles all that there is, and stops what did not run before', async () => {
    await manager.runToHead();
    await take(7);
    expect(steps.left).toEqual([]);
    await manager.runToHead();
    expect([steps.left.length, steps.right.length]).toEqual([7, 7]);
    expect(await states()).toEqual(['stopped', 'stopped']);
    await take(1);
    await manager.runToHead();
    expect([steps.left.length, steps.right.length]).toEqual([8, 8]);
  });

  it('goes on running what ran before', async () => {
    await manager.start();
    await take(3);
    await manager.runToHead({ subscriptions: ['right'] });
    expect(steps.right).toHaveLength(3);
    await take(1);
    await eventually(() => steps.right.length === 4);
    expect(await states()).not.toContain('stopped');
  });

  it('ends with an error where one stands still, and says why', async () => {
    isBroken = true;
    await take(1);
    const failed: unknown = await manager.runToHead().catch((error: unknown) => error);
    expect(failed).toBeInstanceOf(SubscriptionHaltedError);
    expect(failed).toMatchObject({ subscription: 'left', reason: 'failed', detail: 'a stumble' });
    isBroken = false;
    await manager.pause('right', 'for a look');
    await take(1);
    await expect(manager.runToHead()).rejects.toMatchObject({ subscription: 'right', reason: 'paused' });
    await manager.runToHead({ subscriptions: ['left'] });
    expect([steps.left, steps.right]).toEqual([[1, 1], [1]]);
    await manager.resume('right');
    await manager.runToHead();
    expect(steps.right).toEqual([1, 1]);
  });

  it('holds to a pause from before anything ever ran', async () => {
    await manager.pause('left', 'not yet');
    await take(1);
    await expect(manager.runToHead()).rejects.toMatchObject({ subscription: 'left', reason: 'paused' });
    expect(steps.left).toEqual([]);
    await manager.resume('left');
    await manager.runToHead();
    expect(steps.left).toEqual([1]);
  });

  it('does not take a checkpoint that is ahead of the feed for one that is at its head', async () => {
    await take(1);
    const claim = await app.get(LeaseStore).acquire({ subscription: 'left', partition: 0 }, 'somebody', 1);
    const checkpoints = app.get(CheckpointStore);
    await checkpoints.claim(claim!, 1_000n);
    await eventually(async () => {
      const [left] = await app.get(LeaseStore).list();
      return left?.owner === undefined;
    });
    await expect(manager.runToHead()).rejects.toMatchObject({
      subscription: 'left',
      reason: 'failed',
      detail: expect.stringContaining('the feed ends at 1'),
    });
  });

  it('gives up in time, and refuses names that it does not know', async () => {
    isBlocked = true;
    await take(1);
    const late: unknown = await manager.runToHead({ timeoutMs: 3_000 }).catch((error: unknown) => error);
    expect(late).toBeInstanceOf(WaitTimeoutError);
    expect(late).toMatchObject({ subscription: 'left', position: 1n, timeoutMs: 3_000 });
    expect(await states()).toEqual(['stopped', 'stopped']);
    await expect(manager.runToHead({ subscriptions: ['middle'] })).rejects.toThrow(/known are 'left', 'right'/);
  });
});
