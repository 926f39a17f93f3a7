import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { EntityManager } from 'typeorm';
import {
  BATCH_FAILED,
  type BatchFailed,
  type DeliveryContext,
  WaitTimeoutError,
} from '../../libs/event-sourcing/src/subscriptions/index.js';
import type { RecordedEvent } from '../../libs/event-sourcing/src/core/index.js';
import { countedProjection, createEngine, type Engine } from '../support/engine.js';
import { eventually } from '../support/eventually.js';
import { Counted } from '../support/postgres-store.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

const SUBSCRIPTION = 'counted';

/** Writes one row per event; a second time is a unique violation. */
async function writeRow(event: RecordedEvent, { manager }: DeliveryContext): Promise<void> {
  await (manager as EntityManager).query('insert into seen (event_id, stream_id, version) values ($1, $2, $3)', [
    event.id,
    event.streamId,
    event.version,
  ]);
}

/** A place in a handler that tells when it is reached, and that lets nobody through before it is opened. */
function gate() {
  return { entered: Promise.withResolvers<void>(), opened: Promise.withResolvers<void>() };
}

describe('a projection on PostgreSQL', () => {
  let database: TestDatabase;
  let engines: Engine[];

  beforeEach(async () => {
    engines = [];
    database = await createTestDatabase();
    const client = await database.client();
    await client.query('create table seen (n bigserial, event_id uuid primary key, stream_id text, version integer)');
    await client.end();
  });

  afterEach(async () => {
    await Promise.all(engines.map(({ manager }) => manager.stop()));
    await database.drop();
  });

  async function engine(...args: Parameters<typeof countedProjection>): Promise<Engine> {
    return engineWith({}, ...args);
  }

  async function engineWith(
    options: NonNullable<Parameters<typeof createEngine>[2]>,
    ...args: Parameters<typeof countedProjection>
  ): Promise<Engine> {
    const created = createEngine(await database.connect(), [countedProjection(...args)], options);
    engines.push(created);
    return created;
  }

  async function append(one: Engine, count: number): Promise<bigint> {
    let last = 0n;
    for (let n = 0; n < count; n++) {
      last = (await one.store.append(`s-${n % 7}`, [new Counted(0, n), new Counted(1, n)])).position;
    }
    return last;
  }

  async function seen({ database: { dataSource } }: Engine): Promise<{ stream_id: string; version: number }[]> {
    return dataSource.query('select stream_id, version from seen order by n');
  }

  it('handles each event once and in order, whatever fails in between', async () => {
    let calls = 0;
    const one = await engineWith({ batchSize: 10 }, async (event, context) => {
      await writeRow(event, context);
      // After the write, so that only a rollback of the whole batch keeps the next try from meeting its own rows.
      if (++calls % 17 === 0) throw new Error('now and then');
    });
    const last = await append(one, 100);
    await one.manager.start();
    await one.manager.waitFor(last, { subscription: SUBSCRIPTION, timeoutMs: 60_000 });
    const rows = await seen(one);
    expect(rows).toHaveLength(200);
    const versions = new Map<string, number>();
    for (const { stream_id, version } of rows) {
      expect(version).toBe((versions.get(stream_id) ?? 0) + 1);
      versions.set(stream_id, version);
    }
    expect(calls).toBeGreaterThan(200);
  });

  it('tells of a failure, and goes on by itself once the cause is gone', async () => {
    let broken = true;
    const failures: BatchFailed[] = [];
    const one = await engineWith({ maxRetries: 1_000 }, async (event, context) => {
      if (broken) throw new Error('not yet');
      await writeRow(event, context);
    });
    one.instrumentation.on(BATCH_FAILED, (failure) => failures.push(failure));
    const last = await append(one, 1);
    await one.manager.start();
    await eventually(() => failures.length >= 3);
    expect(failures.map(({ attempt }) => attempt).slice(0, 3)).toEqual([1, 2, 3]);
    expect((await one.manager.status())[0]).toMatchObject({ state: 'retrying', lastError: 'not yet', position: 0n });
    broken = false;
    await one.manager.waitFor(last, { subscription: SUBSCRIPTION });
    expect(await seen(one)).toHaveLength(2);
  });

  it('rolls a batch back with its checkpoint where the connection breaks off in the middle', async () => {
    let broken = 0;
    const one = await engine(async (event, context) => {
      await writeRow(event, context);
      if (event.version === 3 && broken++ < 2) {
        await (context.manager as EntityManager).query('select pg_terminate_backend(pg_backend_pid())');
      }
    });
    const last = await append(one, 30);
    await one.manager.start();
    await one.manager.waitFor(last, { subscription: SUBSCRIPTION, timeoutMs: 60_000 });
    expect(await seen(one)).toHaveLength(60);
    expect(broken).toBeGreaterThan(2);
  });

  it('is run by one process at a time, and by another as soon as that one stops', async () => {
    const first = await engine(writeRow);
    const second = await engine(writeRow);
    await first.manager.start();
    await first.manager.waitFor(await append(first, 5), { subscription: SUBSCRIPTION });
    await second.manager.start();
    await eventually(async () => (await second.manager.status())[0]?.state === 'standby');
    await first.manager.stop();
    const last = await append(first, 5);
    await second.manager.waitFor(last, { subscription: SUBSCRIPTION });
    expect(await seen(second)).toHaveLength(20);
    expect((await second.manager.status())[0]).toMatchObject({ state: 'live', partitions: [{ epoch: 2n }] });
  });

  it('aborts the commit of a process that froze past its lease, and nothing is applied twice', async () => {
    const gates = [gate(), gate()] as const;
    const [first, second] = await Promise.all(
      gates.map(({ entered, opened }) =>
        engineWith({ leaseTtlMs: 2_000 }, async (event, context) => {
          entered.resolve();
          await opened.promise;
          await writeRow(event, context);
        }),
      ),
    );
    if (first === undefined || second === undefined) throw new Error('two engines were asked for');
    // A frozen process renews nothing; here only its heartbeats are dead, once it is in its handlers.
    first.leases.renew = async (leases) => leases;
    await append(first, 1);
    await first.manager.start();
    await gates[0].entered.promise;
    first.directory.heartbeat = () => Promise.reject(new Error('frozen'));
    // The new owner is in its handlers and has moved nothing yet: the epoch is all that stands against the old one.
    await second.manager.start();
    await gates[1].entered.promise;
    gates[0].opened.resolve();
    await eventually(async () => (await first.manager.status())[0]?.state === 'standby');
    expect(await seen(first)).toEqual([]);
    expect(await first.checkpoints.list()).toMatchObject([{ position: 0n, epoch: 2n }]);
    gates[1].opened.resolve();
    await second.manager.waitFor(2n, { subscription: SUBSCRIPTION });
    expect(await seen(first)).toHaveLength(2);
  });

  it('lets the batch in flight finish on stop, and runs nothing after it', async () => {
    const waiting: (() => void)[] = [];
    const one = await engineWith({ batchSize: 2 }, async (event, context) => {
      await new Promise<void>((resolve) => waiting.push(resolve));
      await writeRow(event, context);
    });
    await append(one, 5);
    await one.manager.start();
    await eventually(() => waiting.length === 1);
    const stopped = one.manager.stop();
    waiting[0]?.();
    await eventually(() => waiting.length === 2);
    waiting[1]?.();
    await stopped;
    expect(waiting).toHaveLength(2);
    expect(await seen(one)).toHaveLength(2);
    expect(await one.checkpoints.list()).toMatchObject([{ position: 2n }]);
    expect(await one.leases.list()).toMatchObject([{ owner: undefined }]);
  });

  it('aborts a handler that does not end within the time to drain, and rolls it back', async () => {
    let signal: AbortSignal | undefined;
    const one = await engineWith({ drainTimeoutMs: 50 }, async (event, context) => {
      await writeRow(event, context);
      signal = context.signal;
      await new Promise(() => undefined);
    });
    await append(one, 1);
    await one.manager.start();
    await eventually(() => signal !== undefined);
    await one.manager.stop();
    expect(signal?.aborted).toBe(true);
    expect(await seen(one)).toEqual([]);
    expect(await one.checkpoints.list()).toMatchObject([{ position: 0n }]);
  });

  it('gives up waiting in time, and says where the subscription is', async () => {
    const one = await engine(writeRow);
    const position = await append(one, 1);
    const error: unknown = await one.manager
      .waitFor(position, { subscription: SUBSCRIPTION, timeoutMs: 30 })
      .catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(WaitTimeoutError);
    expect(error).toMatchObject({ subscription: SUBSCRIPTION, position, reached: undefined, timeoutMs: 30 });
    await expect(one.manager.waitFor(1n, { subscription: 'other' })).rejects.toThrow(/known are 'counted'/);
  });

  it('moves its checkpoint over what it does not handle, so that waiting for it works', async () => {
    const one = await engine(writeRow, 'nothing-of-interest');
    const other = createEngine(await database.connect(), [
      { ...countedProjection(writeRow, 'quiet'), types: ['no.such.type'] },
    ]);
    engines.push(other);
    const last = await append(one, 3);
    await other.manager.start();
    await other.manager.waitFor(last, { subscription: 'quiet' });
    expect(await seen(one)).toEqual([]);
  });
});
