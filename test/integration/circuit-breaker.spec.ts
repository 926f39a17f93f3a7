import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  CIRCUIT_BREAKER_CHANGED,
  type CircuitBreakerChanged,
  type SubscriptionDefinition,
  type SubscriptionStatus,
} from '../../libs/event-sourcing/src/subscriptions/index.js';
import type { RecordedEvent } from '../../libs/event-sourcing/src/core/index.js';
import { countedProjection, createEngine, type Engine } from '../support/engine.js';
import { eventually } from '../support/eventually.js';
import { Counted } from '../support/postgres-store.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

const NAME = 'counted';
const FOR_EVER = 600_000;

const numberOf = (event: RecordedEvent): number => (event as RecordedEvent<Counted>).data.n;
const upTo = (count: number): number[] => Array.from({ length: count }, (_, n) => n);

/** A service that handlers call: down as a whole, or for some. */
class Downstream {
  readonly calls: number[] = [];
  readonly served: number[] = [];
  isDown: (n: number) => boolean = () => false;

  serve(n: number): void {
    this.calls.push(n);
    if (this.isDown(n)) throw new Error('503 from downstream');
    this.served.push(n);
  }
}

const KINDS = [
  { kind: 'projection', checkpointStrategy: 'every_batch' },
  { kind: 'projection', checkpointStrategy: 'every_event' },
  { kind: 'projection', checkpointStrategy: 'periodic' },
  { kind: 'subscriber', checkpointStrategy: 'every_batch' },
  { kind: 'subscriber', checkpointStrategy: 'periodic' },
] as const;

let database: TestDatabase;
let engines: Engine[];
let downstream: Downstream;

beforeEach(async () => {
  engines = [];
  downstream = new Downstream();
  database = await createTestDatabase();
});

afterEach(async () => {
  await Promise.all(engines.map(({ manager }) => manager.stop()));
  await database.drop();
});

type Options = NonNullable<Parameters<typeof createEngine>[2]>;

async function engine(
  definition: Partial<SubscriptionDefinition>,
  options: Options,
  ...others: readonly SubscriptionDefinition[]
): Promise<Engine> {
  const victim = countedProjection(async (event) => downstream.serve(numberOf(event)), NAME);
  const one = createEngine(await database.connect(), [{ ...victim, ...definition }, ...others], {
    maxRetries: 0,
    ...options,
  });
  engines.push(one);
  return one;
}

/** Each event in a stream of its own, so that none queues behind another. */
async function append({ store }: Engine, count: number, from = 0): Promise<bigint> {
  let last = 0n;
  for (let n = from; n < from + count; n++) last = (await store.append(`s-${n}`, [new Counted(0, n)])).position;
  return last;
}

async function statusOf({ manager }: Engine, name = NAME): Promise<SubscriptionStatus> {
  const found = (await manager.status()).find((status) => status.name === name);
  if (found === undefined) throw new Error(`there is no '${name}'`);
  return found;
}

async function untilOpen(one: Engine): Promise<SubscriptionStatus> {
  return eventually(
    () => statusOf(one),
    ({ circuit, state }) => circuit === 'open' && state === 'retrying',
  );
}

function changesOf(one: Engine, onChange: () => void = () => undefined): CircuitBreakerChanged[] {
  const changes: CircuitBreakerChanged[] = [];
  one.instrumentation.on(CIRCUIT_BREAKER_CHANGED, (change) => {
    changes.push(change);
    onChange();
  });
  return changes;
}

async function parked({ deadLetters }: Engine): Promise<number[]> {
  const { letters } = await deadLetters.list({}, undefined, 1_000);
  return letters.map(({ streamId }) => Number(streamId.slice(2))).sort((a, b) => a - b);
}

describe.each(KINDS)('the circuit breaker of a $kind with the strategy $checkpointStrategy', (how) => {
  const { kind, checkpointStrategy } = how;

  it('opens over a backlog that all fails, takes nothing, and skips nothing when things go right again', async () => {
    const resetMs = 500;
    const circuitBreaker = { threshold: 3, resetMs, halfOpenMax: 2 };
    const one = await engine({ kind }, { batchSize: 10, checkpointStrategy, circuitBreaker, maxRetries: 1 });
    const seen: { readonly at: number; readonly calls: readonly number[] }[] = [];
    const changes = changesOf(one, () => seen.push({ at: performance.now(), calls: [...downstream.calls] }));
    downstream.isDown = () => true;
    const last = await append(one, 40);
    await one.manager.start();
    const { lastError } = await untilOpen(one);
    expect(lastError).toBe('503 from downstream');
    await eventually(() => changes.length >= 3);
    expect(changes.slice(0, 3)).toEqual(
      ['open', 'half_open', 'open'].map((state) => ({ subscription: NAME, partition: 0, state })),
    );
    const [opened, , openedAgain] = seen;
    expect(new Set(opened?.calls)).toEqual(new Set([0, 1, 2]));
    // Until the time was over nothing was taken, and then two: the first of them was given up after its two tries, before
    // which both had one together, where they go together.
    expect((openedAgain?.at ?? 0) - (opened?.at ?? 0)).toBeGreaterThanOrEqual(resetMs);
    expect(openedAgain?.calls.slice(opened?.calls.length).length).toBeLessThanOrEqual(3);
    expect(new Set(openedAgain?.calls)).toEqual(new Set([0, 1, 2, 3]));

    downstream.isDown = () => false;
    await one.manager.waitFor(last, { subscription: NAME, timeoutMs: 60_000 });
    const givenUp = await parked(one);
    expect(givenUp).toEqual(upTo(givenUp.length));
    expect(downstream.served).toEqual(upTo(40).slice(givenUp.length));
    expect(changes.at(-1)?.state).toBe('closed');
    expect(await statusOf(one)).toMatchObject({ circuit: 'closed', state: 'live' });
  });

  it('stays closed while events are handled between those that are given up, however many these are', async () => {
    const one = await engine({ kind }, { batchSize: 10, checkpointStrategy, circuitBreaker: { threshold: 2 } });
    const changes = changesOf(one);
    downstream.isDown = (n) => n % 2 === 1;
    await one.manager.start();
    await one.manager.waitFor(await append(one, 12), { subscription: NAME });
    const last = await append(one, 12, 12);
    await one.manager.waitFor(last, { subscription: NAME });
    expect(await parked(one)).toEqual(upTo(24).filter((n) => n % 2 === 1));
    expect(changes).toEqual([]);
  });

  it('stays closed over a backlog with one poisoned event', async () => {
    const one = await engine({ kind }, { batchSize: 10, checkpointStrategy, circuitBreaker: { threshold: 2 } });
    const changes = changesOf(one);
    downstream.isDown = (n) => n === 15;
    const last = await append(one, 30);
    await one.manager.start();
    await one.manager.waitFor(last, { subscription: NAME });
    expect(await parked(one)).toEqual([15]);
    expect(changes).toEqual([]);
  });
});

describe('the circuit breaker', () => {
  const circuitBreaker = { threshold: 2, resetMs: FOR_EVER };

  it('never opens where it is switched off', async () => {
    const one = await engine({}, { circuitBreaker: false });
    const changes = changesOf(one);
    downstream.isDown = () => true;
    const last = await append(one, 20);
    await one.manager.start();
    await one.manager.waitFor(last, { subscription: NAME });
    expect(await parked(one)).toEqual(upTo(20));
    expect(changes).toEqual([]);
    expect((await statusOf(one)).circuit).toBe('closed');
  });

  it('is of one partition alone: other subscriptions and partitions go on', async () => {
    const others: number[] = [];
    const bystander = countedProjection(async (event) => void others.push(numberOf(event)), 'bystander');
    const one = await engine({ partitions: 2 }, { circuitBreaker }, bystander);
    const changes = changesOf(one);
    const last = await append(one, 24);
    const rows = await one.database.dataSource.query<{ n: number }[]>(
      'select substr(stream_id, 3)::integer as n from tidemark.events where partition_slot % 2 = 0',
    );
    const ofOne = rows.map(({ n }) => n);
    downstream.isDown = (n) => ofOne.includes(n);
    await one.manager.start();
    await one.manager.waitFor(last, { subscription: 'bystander' });
    expect(others).toEqual(upTo(24));
    await untilOpen(one);
    const rest = upTo(24).filter((n) => !ofOne.includes(n));
    await eventually(() => downstream.served.length === rest.length);
    expect(downstream.served).toEqual(rest);
    expect(changes).toEqual([{ subscription: NAME, partition: 0, state: 'open' }]);
  });

  it.each([
    ['stop', (one: Engine) => one.manager.stop(), 'stopped'],
    ['pause', (one: Engine) => one.manager.pause(NAME, 'maintenance'), 'paused'],
  ] as const)('holds up no %s while it is open', async (_, end, state) => {
    const one = await engine({}, { circuitBreaker });
    downstream.isDown = () => true;
    await append(one, 10);
    await one.manager.start();
    await untilOpen(one);
    const startedAt = performance.now();
    await end(one);
    await eventually(
      () => statusOf(one),
      (status) => status.state === state,
      5_000,
    );
    expect(performance.now() - startedAt).toBeLessThan(5_000);
    await eventually(async () => (await one.leases.list()).every(({ owner }) => owner === undefined));
    expect(await parked(one)).toEqual([0, 1]);
  });

  it('lets an operator redrive what was parked while it is open', async () => {
    const one = await engine({}, { circuitBreaker });
    downstream.isDown = () => true;
    await append(one, 10);
    await one.manager.start();
    await untilOpen(one);
    downstream.isDown = () => false;
    await one.deadLetters.requestRedrive({ subscription: NAME });
    await eventually(async () => (await one.deadLetters.stats()).resolved === 2, Boolean, 5_000);
    expect(downstream.served).toEqual([0, 1]);
    // What the operator asks for says nothing of the feed.
    expect((await statusOf(one)).circuit).toBe('open');
  });

  it('keeps no partition that another process has taken meanwhile', async () => {
    const first = await engine({}, { circuitBreaker, leaseTtlMs: 3_000 });
    downstream.isDown = () => true;
    const last = await append(first, 10);
    await first.manager.start();
    await untilOpen(first);
    downstream.isDown = () => false;
    // It is not counted on any more, comes too late for its partition, and what it had falls to the next one.
    first.directory.heartbeat = () => Promise.reject(new Error('cut off'));
    first.leases.acquire = async () => undefined;
    await first.leases.revoke(NAME);
    const second = await engine({}, { circuitBreaker, leaseTtlMs: 3_000 });
    await second.manager.start();
    await second.manager.waitFor(last, { subscription: NAME, timeoutMs: 60_000 });
    expect(downstream.served).toEqual([2, 3, 4, 5, 6, 7, 8, 9]);
    await eventually(
      () => statusOf(first),
      ({ state }) => state === 'standby',
      5_000,
    );
  });
});
