import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Client } from 'pg';
import { type OrderBody, OrdersClient } from '../support/orders-client.js';
import { OrdersLoad } from '../support/orders-load.js';
import { type OrdersProcess, spawnOrders, until } from '../support/orders-process.js';
import { type Progress, ReadModelWatch } from '../support/read-model-watch.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

const CLIENTS = 2;
/** A lease lasts 4 s by default. */
const FROZEN_MS = 6_000;

/** One replica, and who writes to it. */
interface Replica {
  readonly process: OrdersProcess;
  readonly url: string;
  readonly load: OrdersLoad;
}

type Summary = Pick<OrderBody, 'id' | 'version' | 'customerId' | 'status' | 'total'>;

describe('three replicas of the orders app on one database', () => {
  let database: TestDatabase;
  let sql: Client;
  let watch: ReadModelWatch | undefined;
  let started: OrdersProcess[];
  let loads: OrdersLoad[];

  beforeEach(async () => {
    [started, loads, watch] = [[], [], undefined];
    database = await createTestDatabase('empty');
    sql = await database.client();
  });

  afterEach(async () => {
    for (const { signal } of started) signal('SIGKILL');
    await Promise.all(started.map(({ exited }) => exited));
    await watch?.stop();
    await sql.end();
    await database.drop();
  });

  async function replica(): Promise<Replica> {
    const process = spawnOrders({ DATABASE_URL: database.url, READ_MODEL_TIMEOUT_MS: '30000', LOG_LEVEL: 'fatal' });
    started.push(process);
    const url = await process.url;
    return { process, url, load: loadOn(url) };
  }

  function loadOn(url: string): OrdersLoad {
    const load = new OrdersLoad(url, CLIENTS, `load-${loads.length}`);
    loads.push(load);
    return load;
  }

  const latest = (): Progress => watch!.latest;

  const answered = (): number => loads.reduce((sum, load) => sum + load.answered, 0);

  /** The replica that has the projection now, and how far it has come. */
  async function ownerAmong(replicas: readonly Replica[]): Promise<{ owner: Replica; before: Progress }> {
    let owner: Replica | undefined;
    await until('one of the replicas has the projection', () => {
      owner = replicas.find(({ process }) => process.pid === latest().pid);
      return owner !== undefined;
    });
    return { owner: owner as Replica, before: latest() };
  }

  /** Kills the owner; gives the others and how long it took until one of them had gone on. */
  async function failOver(replicas: readonly Replica[]): Promise<{ others: Replica[]; seconds: number }> {
    const { owner, before } = await ownerAmong(replicas);
    const killedAt = performance.now();
    owner.process.signal('SIGKILL');
    expect(await owner.process.exited).toBe('SIGKILL');
    const isTakenOn = (): boolean => latest().epoch > before.epoch && latest().position > before.position;
    await until('another has taken the projection on', isTakenOn);
    const seconds = (performance.now() - killedAt) / 1000;
    return { others: replicas.filter((other) => other !== owner), seconds };
  }

  /** Freezes the owner for longer than its lease lasts, and lets it go on as if nothing had been. */
  async function freeze(replicas: readonly Replica[]): Promise<void> {
    const { owner, before } = await ownerAmong(replicas);
    const thawAt = performance.now() + FROZEN_MS;
    owner.process.signal('SIGSTOP');
    try {
      const isTakenOver = (): boolean => latest().epoch > before.epoch && performance.now() > thawAt;
      await until('another has taken the frozen one over', isTakenOver);
    } finally {
      owner.process.signal('SIGCONT');
    }
    // Its old clients may have given up: what had waited on an idle connection is cut off when its time is found to be over.
    const load = loadOn(owner.url);
    await until('the frozen replica answers again', () => load.answered > 0);
  }

  /** Stops one as an orchestrator does, and starts another in its place. */
  async function replace(old: Replica): Promise<Replica> {
    let end: number | NodeJS.Signals | undefined;
    void old.process.exited.then((code) => (end = code));
    old.process.signal('SIGTERM');
    await until('a replica that was told to stop has ended', () => end !== undefined, 40_000);
    expect(end).toBe(0);
    return replica();
  }

  it('has each answered write once through kill -9, a freeze past the lease and a rolling restart', async () => {
    const first = await replica();
    watch = new ReadModelWatch(await database.client(), 'order-summary');
    let replicas = [first, ...(await Promise.all([replica(), replica()]))];
    await until('200 writes are answered', () => answered() >= 200);

    const { others, seconds: failoverSeconds } = await failOver(replicas);
    replicas = [...others, await replica()];
    await freeze(replicas);
    for (const old of replicas) replicas = [...replicas.filter((other) => other !== old), await replace(old)];
    const enough = answered() + 100;
    await until('the new replicas have answered 100 writes', () => answered() >= enough);
    await Promise.all(loads.map((load) => load.stop()));

    const last = loads.map(({ lastPosition }) => lastPosition).reduce((a, b) => (a > b ? a : b));
    const listed = await new OrdersClient(replicas[0]!.url).list('limit=100', { 'x-tidemark-position': String(last) });
    await until('the checkpoint says so too', () => latest().position >= last);
    await watch.stop();
    const found = new Map(listed.map((order) => [order.id, order]));
    const lost = loads
      .flatMap(({ versions }) => [...versions])
      .filter(([id, version]) => (found.get(id)?.version ?? 0) < version);
    const customers = new Set(listed.map(({ customerId }) => customerId));
    const placed = loads.reduce((sum, load) => sum + load.placed, 0);
    const cutOff = loads.reduce((sum, { sent }) => sum + sent.size, 0) - placed;
    process.stdout.write(
      `three replicas: ${answered()} writes answered, ${cutOff} placings cut off, ${lost.length} lost, ` +
        `${listed.length - customers.size} twice; the read model stood still for ${inSeconds(watch.longestStillMs)} s at ` +
        `the most, failover took ${failoverSeconds.toFixed(1)} s\n`,
    );
    expect(lost).toEqual([]);
    // Each request to place has a customer of its own.
    expect(customers.size).toBe(listed.length);
    expect(listed.map(summaryOf).sort(byId)).toEqual(await foldOfTheEvents());
    expect(loads.flatMap(({ refusals }) => refusals)).toEqual([]);
    expect((await sql.query('select message from tidemark.dead_letters')).rows).toEqual([]);
    expect(failoverSeconds).toBeLessThan(10);
  }, 240_000);

  /** What the orders are by their events alone. */
  async function foldOfTheEvents(): Promise<Summary[]> {
    const { rows } = await sql.query<{ stream: string; version: number; type: string; data: string }>(
      'select stream_id as stream, version, type, data::text from tidemark.events order by stream_id, version',
    );
    const orders = new Map<string, Summary>();
    for (const { stream, version, type, data } of rows) {
      const id = stream.replace(/^order-/, '');
      const { customerId = '', totalCents = 0 } = JSON.parse(data) as { customerId?: string; totalCents?: number };
      const before = orders.get(id) ?? { id, customerId, total: totalCents / 100 };
      const status = type === 'order.shipped' ? 'shipped' : 'placed';
      orders.set(id, { ...before, version, status });
    }
    return [...orders.values()].sort(byId);
  }
});

function summaryOf({ id, version, customerId, status, total }: OrderBody): Summary {
  return { id, customerId, total, version, status };
}

function byId(a: Summary, b: Summary): number {
  return a.id < b.id ? -1 : 1;
}

function inSeconds(ms: number): string {
  return (ms / 1000).toFixed(1);
}
