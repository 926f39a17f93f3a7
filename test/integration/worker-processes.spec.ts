import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { DataSource } from 'typeorm';
import type { EventStore } from '../../libs/event-sourcing/src/event-store/index.js';
import { eventually } from '../support/eventually.js';
import { createPostgresStore } from '../support/postgres-store.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';
import { Worked, type WorkerOptions, WorkerProcess } from '../support/worker-process.js';

const PARTITIONS = 6;
const STREAMS = 40;

/** Processes of their own, on the built library, with real signals. */
describe('worker processes', () => {
  let database: TestDatabase;
  let dataSource: DataSource;
  let store: EventStore;
  let workers: WorkerProcess[];
  let writing: boolean;
  let written: number;

  beforeEach(async () => {
    workers = [];
    writing = true;
    written = 0;
    database = await createTestDatabase();
    dataSource = await database.connect();
    await dataSource.query(
      'create table seen (n bigserial, event_id uuid, stream_id text, version integer, pid integer)',
    );
    ({ store } = createPostgresStore(dataSource, { events: [Worked] }));
  });

  afterEach(async () => {
    writing = false;
    await Promise.all(workers.map((worker) => worker.kill()));
    await database.drop();
  });

  function spawn(options: WorkerOptions = {}): WorkerProcess {
    const worker = new WorkerProcess(database.url, { leaseTtlMs: 1_500, ...options });
    workers.push(worker);
    return worker;
  }

  async function start(options: WorkerOptions = {}): Promise<WorkerProcess> {
    const worker = spawn(options);
    await worker.told({ ready: true });
    return worker;
  }

  /** How many partitions each of the living owners has, least first. */
  async function split(): Promise<string> {
    const rows = await dataSource.query<{ count: number }[]>(
      'select count(*)::int from tidemark.leases where expires_at > clock_timestamp() and owner is not null group by owner order by 1',
    );
    return rows.map(({ count }) => count).join();
  }

  /** Seconds until the partitions are divided so. */
  async function becomes(expected: string): Promise<number> {
    const since = performance.now();
    await eventually(split, (found) => found === expected, 20_000);
    return (performance.now() - since) / 1000;
  }

  const append = (n: number, work: ConstructorParameters<typeof Worked>[0] = {}) =>
    store.append(`s-${n % STREAMS}`, [new Worked(work)]);

  async function writeUntilStopped(): Promise<void> {
    while (writing) {
      await append(Math.floor(Math.random() * STREAMS));
      written += 1;
    }
  }

  interface Row {
    readonly event_id: string;
    readonly stream_id: string;
    readonly version: number;
    readonly pid: number;
  }

  /** What was handled, in the order of the transactions within each stream, once all of it is. */
  async function handled(count: number): Promise<readonly Row[]> {
    await eventually(
      async () => {
        const [row] = await dataSource.query<{ count: number }[]>(
          'select count(distinct event_id)::int as count from seen',
        );
        return row?.count;
      },
      (found) => found === count,
      30_000,
    );
    return dataSource.query<Row[]>('select event_id, stream_id, version, pid from seen order by n');
  }

  function expectInOrder(rows: readonly Row[]): void {
    const versions = new Map<string, number>();
    for (const { stream_id, version } of rows) {
      expect(`${stream_id}@${version}`).toBe(`${stream_id}@${(versions.get(stream_id) ?? 0) + 1}`);
      versions.set(stream_id, version);
    }
  }

  it('one that was frozen past its lease commits nothing when it goes on', async () => {
    const frozen = await start();
    await append(1, { gated: true });
    await frozen.told({ gate: 'entered' });
    frozen.signal('SIGSTOP');
    const successor = await start();
    await successor.told({ gate: 'entered' });
    successor.goOn();
    const [row, ...none] = await handled(1);
    expect([row?.pid, none]).toEqual([successor.pid, []]);
    frozen.signal('SIGCONT');
    frozen.goOn();
    await frozen.told({ gate: 'left' });
    await frozen.told({ change: 'lost' });
    // It finishes what it is at before it ends.
    expect(await frozen.stop()).toBe('SIGTERM');
    expect((await handled(1)).map(({ pid }) => pid)).toEqual([successor.pid]);
  }, 240_000);

  it('ends by SIGTERM in order: what is in flight is finished, leases and membership are given back', async () => {
    const worker = await start({ leaseTtlMs: 60_000 });
    await append(1, { gated: true });
    await worker.told({ gate: 'entered' });
    worker.signal('SIGTERM');
    await append(2);
    worker.goOn();
    expect(await worker.exited).toBe('SIGTERM');
    expect((await handled(1)).map(({ stream_id }) => stream_id)).toEqual(['s-1']);
    expect(await split()).toBe('');
    expect(await dataSource.query('select owner from tidemark.members')).toEqual([]);
    expect(worker.count({ change: 'released' })).toBe(PARTITIONS);
  }, 240_000);

  it('1, 3, a rolling restart of all 3, then 2 and 1 under load: nothing lost, nothing twice, order kept, evenly divided', async () => {
    const seconds: Record<string, number> = {};
    const writers = [writeUntilStopped(), writeUntilStopped()];
    // Long, so that on a busy machine only giving and taking moves a partition.
    const begin = () => start({ leaseTtlMs: 20_000 });
    const first = await begin();
    seconds['1'] = await becomes('6');
    let running = [first, ...(await Promise.all([begin(), begin()]))];
    seconds['3'] = await becomes('2,2,2');
    for (const old of running) {
      const [replacement] = await Promise.all([begin(), old.stop()]);
      running = [...running.filter((worker) => worker !== old), replacement];
      const took = await becomes('2,2,2');
      seconds.restart = Math.max(seconds.restart ?? 0, took);
    }
    const [last, ...others] = running;
    await others[0]?.stop();
    seconds['2'] = await becomes('3,3');
    await others[1]?.stop();
    seconds['1 again'] = await becomes('6');
    writing = false;
    await Promise.all(writers);
    const rows = await handled(written);
    const tell = Object.entries(seconds).map(([what, took]) => `${what} after ${took.toFixed(2)} s`);
    process.stdout.write(
      `rolling restart under load: ${written} written, 0 lost, ${rows.length - written} twice; even split: ${tell.join(', ')}\n`,
    );
    expect(rows).toHaveLength(written);
    expectInOrder(rows);
    for (const took of Object.values(seconds)) expect(took).toBeLessThan(15);
    // No owner was ever fenced out: all went by giving and taking.
    expect(workers.map((worker) => worker.count({ change: 'lost' }))).toEqual(workers.map(() => 0));
    expect(await last?.stop()).toBe('SIGTERM');
  }, 240_000);

  it.each<[string, ConstructorParameters<typeof Worked>[0], number, WorkerOptions]>([
    // Three partitions at a time, between two turns of the event loop: 2.1 s; in all longer than the lease.
    ['keep the event loop busy for longer than the lease, in pieces', { blockMs: 700 }, 36, { leaseTtlMs: 8_000 }],
    ['await for longer than the lease', { restMs: 7_000 }, 12, { leaseTtlMs: 4_000 }],
    [
      'hold all connections of the pool for longer than the lease',
      { restMs: 7_000 },
      9,
      { leaseTtlMs: 4_000, connections: 2 },
    ],
  ])(
    'keeps its partitions while handlers %s',
    async (_, work, count, options) => {
      const one = await start(options);
      await one.told({ change: 'acquired' }, 6);
      const other = await start(options);
      await becomes('3,3');
      await other.told({ change: 'acquired' }, 3);
      for (let n = 0; n < count; n++) await append(n, work);
      expect(await handled(count)).toHaveLength(count);
      expect([one, other].map((worker) => worker.count({ change: 'lost' }))).toEqual([0, 0]);
      expect([one, other].map((worker) => worker.count({ change: 'acquired' }))).toEqual([6, 3]);
      expect(await split()).toBe('3,3');
    },
    240_000,
  );
});
