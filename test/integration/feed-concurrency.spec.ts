import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { DataSource } from 'typeorm';
import type { StoredEvent } from '../../libs/event-sourcing/src/core/index.js';
import { Counted, createPostgresStore, type PostgresStore } from '../support/postgres-store.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

const WRITERS = 16;
const STREAMS = 12;
const SECONDS = Number(process.env.TIDEMARK_PROOF_SECONDS ?? 8);

/** What was written: committed transactions and events, and those rolled back on purpose. */
interface Written {
  transactions: number;
  rolledBack: number;
  readonly ids: Set<string>;
}

/** Appends in transactions of its own, pausing at random before the commit, until the time is over. */
async function write(
  writer: number,
  { store }: PostgresStore,
  dataSource: DataSource,
  written: Written,
): Promise<void> {
  const until = performance.now() + SECONDS * 1_000;
  for (let n = 0; performance.now() < until; n++) {
    const fails = Math.random() < 0.1;
    const transaction = dataSource.transaction(async (manager) => {
      // A transaction that has its id early and draws its positions late.
      if (Math.random() < 0.5) await manager.query('insert into elsewhere default values');
      for (let append = 0; append < 1 + Math.floor(Math.random() * 2); append++) {
        const streamId = `load-${Math.floor(Math.random() * STREAMS)}-${append}`;
        const events = Array.from({ length: 1 + Math.floor(Math.random() * 4) }, () => new Counted(writer, n));
        await store.append(streamId, events, { manager });
        if (Math.random() < 0.3) await manager.query('select pg_sleep($1)', [Math.random() * 0.008]);
      }
      if (fails) throw new Error('rolled back on purpose');
    });
    await transaction.then(
      () => written.transactions++,
      (error: Error) => {
        // Two appends in one transaction lock their streams in the order of the calls, which may well meet another's.
        if (error.message !== 'rolled back on purpose' && !/deadlock/.test(error.message)) throw error;
        written.rolledBack++;
      },
    );
  }
}

/** Follows the feed by `read` until it has come to the position that `end` gives once the writers are done. */
async function follow(
  read: (after: bigint) => Promise<{ events: readonly StoredEvent[]; upTo: bigint }>,
  end: () => bigint | undefined,
): Promise<StoredEvent[]> {
  const delivered: StoredEvent[] = [];
  let after = 0n;
  for (;;) {
    const stopAt = end();
    const page = await read(after);
    delivered.push(...page.events);
    after = page.upTo;
    if (stopAt !== undefined && after >= stopAt) return delivered;
  }
}

describe(`the feed under ${WRITERS} writers`, () => {
  let database: TestDatabase;
  let dataSource: DataSource;
  let parts: PostgresStore;

  beforeAll(async () => {
    database = await createTestDatabase();
    dataSource = await database.connect({ extra: { max: WRITERS + 8 } });
    parts = createPostgresStore(dataSource);
    await dataSource.query('create table elsewhere (id bigserial)');
  });

  afterAll(() => database.drop());

  it('delivers every stored event once, streams in order, where a plain position reader skips', async () => {
    const written: Written = { transactions: 0, rolledBack: 0, ids: new Set() };
    const end: { head?: bigint } = {};
    const readers = [
      follow(
        (after) => parts.storage.readFeed({ after, limit: 50 }),
        () => end.head,
      ),
      follow(
        (after) => readPlainly(dataSource, after),
        () => end.head,
      ),
    ];
    await Promise.all(Array.from({ length: WRITERS }, (_, writer) => write(writer, parts, dataSource, written)));
    // The last positions that were given out may have been rolled back, and the plain reader would never come to them.
    end.head = (await parts.store.append('load-end', [new Counted(0, 0)])).position;
    const [delivered, plain] = (await Promise.all(readers)) as [StoredEvent[], StoredEvent[]];

    const stored = await dataSource.query<{ event_id: string }[]>('select event_id from tidemark.events');
    const figures = {
      transactions: written.transactions,
      rolledBack: written.rolledBack,
      stored: stored.length,
      delivered: delivered.length,
      lost: stored.length - new Set(delivered.map(({ id }) => id)).size,
      repeated: delivered.length - new Set(delivered.map(({ id }) => id)).size,
      outOfOrder: countOutOfOrder(delivered),
      skippedByPlainReader: stored.length - plain.length,
    };
    process.stdout.write(`feed under concurrency: ${JSON.stringify(figures)}\n`);
    expect(figures).toMatchObject({ delivered: stored.length, lost: 0, repeated: 0, outOfOrder: 0 });
    expect(figures.rolledBack).toBeGreaterThan(0);
    // The load has teeth: the same load, read without the horizon, loses events.
    expect(figures.skippedByPlainReader).toBeGreaterThan(0);
  }, 240_000);
});

async function readPlainly(dataSource: DataSource, after: bigint): Promise<{ events: StoredEvent[]; upTo: bigint }> {
  const rows = await dataSource.query<{ position: string; id: string }[]>(
    'select position, event_id as id from tidemark.events where position > $1 order by position limit 50',
    [String(after)],
  );
  const last = rows.at(-1);
  return { events: rows as unknown as StoredEvent[], upTo: last === undefined ? after : BigInt(last.position) };
}

function countOutOfOrder(events: readonly StoredEvent[]): number {
  const versions = new Map<string, number>();
  let outOfOrder = 0;
  for (const { streamId, version } of events) {
    if (version !== (versions.get(streamId) ?? 0) + 1) outOfOrder++;
    versions.set(streamId, version);
  }
  return outOfOrder;
}
