import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { EntityManager } from 'typeorm';
import type { RecordedEvent } from '../../libs/event-sourcing/src/core/index.js';
import {
  DEAD_LETTER_PARKED,
  type DeadLetter,
  type DeadLetterParked,
} from '../../libs/event-sourcing/src/dead-letter-queue/index.js';
import {
  BATCH_FAILED,
  type BatchFailed,
  type DeliveryContext,
} from '../../libs/event-sourcing/src/subscriptions/index.js';
import { countedProjection, createEngine, type Engine } from '../support/engine.js';
import { eventually } from '../support/eventually.js';
import { Counted } from '../support/postgres-store.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

const SUBSCRIPTION = 'counted';
const POISON = 13;

async function writeRow(event: RecordedEvent, { manager, subscription }: DeliveryContext): Promise<void> {
  await (manager as EntityManager).query(
    'insert into seen (name, event_id, stream_id, version) values ($1, $2, $3, $4)',
    [subscription, event.id, event.streamId, event.version],
  );
}

/** Writes first and fails then, so that a try that is not rolled back shows as a unique violation. */
function failingAt(poison: () => boolean, error: () => unknown = () => new Error('poison')) {
  return async (event: RecordedEvent, context: DeliveryContext): Promise<void> => {
    await writeRow(event, context);
    if ((event as RecordedEvent<Counted>).data.n === POISON && poison()) throw error();
  };
}

describe('a projection that meets an event it cannot handle', () => {
  let database: TestDatabase;
  let engines: Engine[];

  beforeEach(async () => {
    engines = [];
    database = await createTestDatabase();
    const client = await database.client();
    await client.query(
      'create table seen (n bigserial, name text, event_id uuid, stream_id text, version integer, primary key (name, event_id))',
    );
    await client.end();
  });

  afterEach(async () => {
    await Promise.all(engines.map(({ manager }) => manager.stop()));
    await database.drop();
  });

  async function engine(
    handle: Parameters<typeof countedProjection>[0],
    options: NonNullable<Parameters<typeof createEngine>[2]> = {},
  ) {
    const healthy = countedProjection(writeRow, 'healthy');
    const one = createEngine(await database.connect(), [countedProjection(handle), healthy], {
      maxRetries: 2,
      retryInitialDelayMs: 1,
      ...options,
    });
    engines.push(one);
    const failures: BatchFailed[] = [];
    const parked: DeadLetterParked[] = [];
    one.instrumentation.on(BATCH_FAILED, (failure) => failures.push(failure));
    one.instrumentation.on(DEAD_LETTER_PARKED, (letter) => parked.push(letter));
    return { ...one, failures, parked };
  }

  /** Appends to three streams in turn; the poison is the second event of `s-1`. */
  async function append({ store }: Engine): Promise<bigint> {
    let last = 0n;
    for (let n = 0; n < 12; n++) {
      const number = n === 4 ? POISON : n;
      last = (await store.append(`s-${n % 3}`, [new Counted(0, number)])).position;
    }
    return last;
  }

  async function seen({ database: { dataSource } }: Engine, name = SUBSCRIPTION): Promise<string[]> {
    const rows = await dataSource.query<{ event: string }[]>(
      "select stream_id || '@' || version as event from seen where name = $1 order by n",
      [name],
    );
    return rows.map(({ event }) => event);
  }

  async function letters({ deadLetters }: Engine): Promise<DeadLetter[]> {
    const page = await deadLetters.list({}, undefined, 100);
    return [...page.letters].sort((a, b) => a.version - b.version);
  }

  const ALL = [1, 2, 3, 4].flatMap((version) => [0, 1, 2].map((stream) => `s-${stream}@${version}`));
  const WITHOUT_BLOCKED = ALL.filter((event) => !event.startsWith('s-1@') || event === 's-1@1');

  describe.each([
    { when: 'catching up', batchSize: 1, live: false },
    { when: 'catching up in batches', batchSize: 5, live: false },
    { when: 'live', batchSize: 5, live: true },
  ])('while $when', ({ batchSize, live }) => {
    async function run(one: Engine): Promise<bigint> {
      if (live) await one.manager.start();
      const last = await append(one);
      await one.manager.start();
      return last;
    }

    it('parks it once, queues what follows in its stream, and goes on with all others', async () => {
      const one = await engine(
        failingAt(() => true),
        { batchSize },
      );
      const last = await run(one);
      await one.manager.waitFor(last, { subscription: SUBSCRIPTION });
      await one.manager.waitFor(last, { subscription: 'healthy' });
      expect(await seen(one)).toEqual(WITHOUT_BLOCKED);
      expect(await seen(one, 'healthy')).toEqual(ALL);
      expect(await letters(one)).toMatchObject([
        { streamId: 's-1', version: 2, state: 'parked', reason: 'failed', errorClass: 'Error', message: 'poison' },
        { streamId: 's-1', version: 3, state: 'parked', reason: 'queued-behind', attempts: [] },
        { streamId: 's-1', version: 4, state: 'parked', reason: 'queued-behind', attempts: [] },
      ]);
      expect((await letters(one))[0]?.attempts).toHaveLength(3);
      expect(one.parked.map(({ reason }) => reason)).toEqual(['failed', 'queued-behind', 'queued-behind']);
      expect(one.failures.at(-1)).toMatchObject({ subscription: SUBSCRIPTION, category: 'application', next: 'park' });
    });

    it('stops there where it may not go on, and passes it once it can be handled', async () => {
      let poison = true;
      const one = await engine(
        failingAt(() => poison),
        { batchSize, continueOnError: false },
      );
      const last = await run(one);
      await one.manager.waitFor(last, { subscription: 'healthy' });
      const failed = async () => (await one.manager.status())[0]?.state === 'failed';
      await eventually(failed);
      expect(await seen(one)).toEqual(ALL.slice(0, 4));
      expect(await letters(one)).toEqual([]);
      expect(one.failures.at(-1)).toMatchObject({ next: 'stop' });
      const before = one.failures.length;
      await one.manager.start();
      await eventually(() => one.failures.length > before);
      await eventually(failed);
      poison = false;
      await one.manager.start();
      await one.manager.waitFor(last, { subscription: SUBSCRIPTION });
      expect(await seen(one)).toEqual(ALL);
    });
  });

  it('handles parked events once and in order when they are redriven', async () => {
    let poison = true;
    const one = await engine(failingAt(() => poison));
    await one.manager.start();
    await one.manager.waitFor(await append(one), { subscription: SUBSCRIPTION });
    await one.deadLetters.requestRedrive({ subscription: SUBSCRIPTION });
    const [first] = await eventually(
      () => letters(one),
      ([letter]) => letter?.attempts.length === 4,
    );
    expect(first).toMatchObject({ state: 'parked', attempts: [{}, {}, {}, { kind: 'redrive' }] });
    poison = false;
    await one.deadLetters.requestRedrive({ subscription: SUBSCRIPTION });
    const last = await one.store.append('s-1', [new Counted(0, 99)]);
    await one.manager.waitFor(last.position, { subscription: SUBSCRIPTION });
    await eventually(
      () => letters(one),
      (found) => found.every(({ state }) => state === 'resolved'),
    );
    const rows = await seen(one);
    expect(rows.filter((event) => event.startsWith('s-1@'))).toEqual(
      [1, 2, 3, 4, 5].map((version) => `s-1@${version}`),
    );
    expect(rows).toHaveLength(13);
  });

  it('redrives each event once, though the connection breaks off half-way', async () => {
    let poison = true;
    let broken = 0;
    const one = await engine(async (event, context) => {
      await failingAt(() => poison)(event, context);
      if (!poison && event.version === 3 && broken++ < 2) {
        await (context.manager as EntityManager).query('select pg_terminate_backend(pg_backend_pid())');
      }
    });
    await one.manager.start();
    await one.manager.waitFor(await append(one), { subscription: SUBSCRIPTION });
    poison = false;
    await one.deadLetters.requestRedrive({ subscription: SUBSCRIPTION });
    const closed = await eventually(
      () => letters(one),
      (found) => found.every(({ state }) => state === 'resolved'),
    );
    expect(closed.map(({ attempts }) => attempts.length)).toEqual([3, 0, 0]);
    expect((await seen(one)).sort()).toEqual([...ALL].sort());
    expect(broken).toBe(3);
  });

  it('never charges an event with trouble of the database', async () => {
    let broken = 0;
    const one = await engine(async (event, context) => {
      await writeRow(event, context);
      if ((event as RecordedEvent<Counted>).data.n === POISON && broken++ < 8) {
        await (context.manager as EntityManager).query('select pg_terminate_backend(pg_backend_pid())');
      }
    });
    await one.manager.start();
    await one.manager.waitFor(await append(one), { subscription: SUBSCRIPTION, timeoutMs: 60_000 });
    expect(await seen(one)).toEqual(ALL);
    expect(await letters(one)).toEqual([]);
    expect(new Set(one.failures.map(({ category }) => category))).toEqual(new Set(['infrastructure']));
    expect(one.failures).toHaveLength(8);
  });

  it('gives up at once on what no further try can mend', async () => {
    const one = await engine(async (event, context) => {
      await writeRow(event, context);
      if ((event as RecordedEvent<Counted>).data.n === POISON) await writeRow(event, context);
    });
    await one.manager.start();
    await one.manager.waitFor(await append(one), { subscription: SUBSCRIPTION });
    expect((await letters(one))[0]).toMatchObject({ reason: 'failed', attempts: [{}] });
    expect(one.failures.at(-1)).toMatchObject({ category: 'permanent', severity: 'high', next: 'park' });
  });

  it('sees errors as the app sees them', async () => {
    const one = await engine(
      failingAt(() => true),
      {
        classifyError: () => ({ category: 'permanent', severity: 'critical', retryable: false }),
      },
    );
    await one.manager.start();
    await one.manager.waitFor(await append(one), { subscription: SUBSCRIPTION });
    expect((await letters(one))[0]).toMatchObject({ attempts: [{}] });
    expect(one.failures.at(-1)).toMatchObject({ category: 'permanent', severity: 'critical' });
  });

  it('times a handler out that does not return, and aborts its signal', async () => {
    let signal: AbortSignal | undefined;
    const one = await engine(
      async (event, context) => {
        await writeRow(event, context);
        if ((event as RecordedEvent<Counted>).data.n !== POISON) return;
        ({ signal } = context);
        await new Promise(() => undefined);
      },
      { processingTimeoutMs: 2_000, maxRetries: 1 },
    );
    await one.manager.start();
    await one.manager.waitFor(await append(one), { subscription: SUBSCRIPTION, timeoutMs: 60_000 });
    expect(signal?.reason).toMatchObject({ code: 'PROCESSING_TIMEOUT', timeoutMs: 2_000 });
    expect((await letters(one))[0]).toMatchObject({ errorClass: 'ProcessingTimeoutError', attempts: [{}, {}] });
    expect(await seen(one)).toEqual(WITHOUT_BLOCKED);
  });

  it('treats an event that cannot be decoded as any other that fails', async () => {
    const one = await engine(writeRow);
    const last = await append(one);
    const client = await database.client();
    await client.query(
      `set session_replication_role = replica;
       update tidemark.events set schema_version = 9 where stream_id = 's-1' and version = 2;`,
    );
    await client.end();
    await one.manager.start();
    await one.manager.waitFor(last, { subscription: SUBSCRIPTION });
    expect(await seen(one)).toEqual(WITHOUT_BLOCKED);
    expect((await letters(one)).filter(({ subscription }) => subscription === SUBSCRIPTION)).toMatchObject([
      { version: 2, errorClass: 'UndecodableEventError', attempts: [{}] },
      { version: 3, reason: 'queued-behind' },
      { version: 4, reason: 'queued-behind' },
    ]);
  });
});
